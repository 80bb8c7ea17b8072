import './node-version.ts'
import { keepCompiledCode } from './compiled-code.ts'

// The demo leaves nothing behind.
if (process.argv[2] !== 'demo') keepCompiledCode(process)
void import('./cli.ts')
