import './node-version.ts'
import { keepCompiledCode } from './compiled-code.ts'

keepCompiledCode(process)
void import('./cli.ts')
