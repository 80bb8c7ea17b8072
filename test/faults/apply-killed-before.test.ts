import { describeKilledApply } from './apply-program.ts'

describeKilledApply('before')
