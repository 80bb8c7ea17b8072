import { describeUndo } from './undo-here.ts'

describeUndo('server')
