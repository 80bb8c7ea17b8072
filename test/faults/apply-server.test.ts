import { describeApply } from './apply-here.ts'

describeApply('server', ['new', 'stored'])
