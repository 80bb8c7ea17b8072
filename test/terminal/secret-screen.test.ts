import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { hideSecretScreen, showSecretScreen } from '../../src/terminal/secret-screen.ts'
import { describeInCiWith } from '../support/requires.ts'
import { type DrivenTerminal, openTerminal } from '../support/terminal.ts'

/** A shell that prints what it is told to, by names, so that the secret is in no command that is shown. */
function shellIn(command: string, args: readonly string[], env: Record<string, string> = {}): DrivenTerminal {
  const terminal = openTerminal({
    command,
    args,
    env: {
      ...env,
      SHOW: showSecretScreen(['the secret:', '', '  hunter2-hunter2']),
      HIDE: hideSecretScreen(24),
      SHELL: '/bin/sh',
    },
  })
  onTestFinished(() => terminal.close())
  return terminal
}

async function showAndHide(terminal: DrivenTerminal): Promise<void> {
  terminal.type('printf "%s" "$SHOW"; read -r line; printf "%s" "$HIDE"; echo over-$((1 + 1))\n')
  await terminal.waitFor('hunter2-hunter2')
  terminal.type('\n')
  await terminal.waitFor('over-2')
}

describe('the screen for a secret', () => {
  it('is gone without a trace, and what was there before is back', async () => {
    const terminal = shellIn('sh', [])
    terminal.type('echo before-$((1 + 1))\n')
    await terminal.waitFor('before-2')
    await showAndHide(terminal)
    expect(terminal.scrollback()).not.toContain('hunter2')
    expect(terminal.screen()).toContain('before-2')
  })
})

describeInCiWith(['tmux'])('in tmux', () => {
  it.each(['on', 'off'])('with alternate-screen %s nothing of it stays in the history', async alternate => {
    const socket = `secret-screen-${process.pid}-${alternate}`
    const terminal = shellIn('tmux', ['-L', socket, '-f', '/dev/null', 'new-session', 'sh'])
    terminal.type(`tmux -L ${socket} set -g alternate-screen ${alternate}; echo set-$((1 + 1))\n`)
    await terminal.waitFor('set-2')
    await showAndHide(terminal)
    terminal.type(`tmux -L ${socket} capture-pane -p -S - | grep -c 'hunter[2]' | sed s/^/count-/\n`)
    await terminal.waitFor(/count-\d/)
    expect(terminal.screen()).toContain('count-0')
    terminal.type(`tmux -L ${socket} kill-server\n`)
    await terminal.waitForExit()
  })
})

describeInCiWith(['screen'])('in screen', () => {
  it.each(['on', 'off'])('with altscreen %s nothing of it stays in the scrollback', async alternate => {
    const folder = mkdtempSync(join(tmpdir(), 'screens-'))
    chmodSync(folder, 0o700)
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const terminal = shellIn('screen', ['-c', '/dev/null', '-h', '500', '-S', `pg${process.pid}`, 'sh'], {
      SCREENDIR: folder,
    })
    terminal.type(`screen -X altscreen ${alternate}; echo set-$((1 + 1))\n`)
    await terminal.waitFor('set-2')
    await showAndHide(terminal)
    terminal.type('screen -X hardcopy -h "$HOME/copy"; sleep 0.1; echo copied-$((1 + 1))\n')
    await terminal.waitFor('copied-2')
    terminal.type(
      `until [ -s "$HOME/copy" ]; do sleep 0.1; done; grep -c 'hunter[2]' "$HOME/copy" | sed s/^/count-/\n`,
    )
    await terminal.waitFor(/count-\d/)
    expect(terminal.screen()).toContain('count-0')
    terminal.type('exit\n')
    await terminal.waitForExit()
  })
})
