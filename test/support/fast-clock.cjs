// Loaded before the program (node --require): what it waits for between two questions to AWS passes twenty times as
// fast. Nothing waits for a fixed time in a test; the program does, for half a minute, and this is its clock.
const timers = require('node:timers/promises')

const wait = timers.setTimeout
timers.setTimeout = (milliseconds, ...more) => wait(milliseconds / 20, ...more)
