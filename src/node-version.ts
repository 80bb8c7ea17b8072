// Runs before anything else of the program: what follows may not load on an older Node.
const needed = [22, 12] as const
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < needed[0] || (major === needed[0] && minor < needed[1])) {
  process.stderr.write(
    `pg-usher needs Node.js ${needed.join('.')} or later; this is ${process.versions.node}.\n` +
      'Get one from https://nodejs.org, or run it with: npx -p node@24 pg-usher\n',
  )
  process.exit(2)
}

export {}
