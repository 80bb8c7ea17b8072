import { describeApply } from './apply-here.ts'

describeApply('connection', ['new', 'stored'])
