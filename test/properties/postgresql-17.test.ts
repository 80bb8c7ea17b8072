import { describeProperties } from '../support/properties/check.ts'

// PG_USHER_CASES=500 sets the number of cases; PG_USHER_SEED=123 makes them the same again, and
// PG_USHER_SEED=123:45:0:1, as a failure prints it, replays that one.
describeProperties(17)
