import { describeUndo } from './undo-here.ts'

describeUndo('connection')
