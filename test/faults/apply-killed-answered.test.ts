import { describeKilledApply } from './apply-program.ts'

describeKilledApply('answered')
