import { describeApply } from './apply-here.ts'

describeApply('server-away', ['new', 'stored', 'stored otherwise', 'not stored'])
