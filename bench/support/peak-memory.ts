import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The most memory that a process has had so far, in MB (VmHWM, proc(5)); 0 where it is gone or this is no Linux. */
export function peakMemory(pid: number | undefined): number {
  try {
    // What it calls kB are 1,024 bytes.
    const kibibytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return (Number(kibibytes ?? 0) * 1024) / 1e6
  } catch {
    return 0
  }
}

/** Runs a program to its end; gives the most memory that was seen of it, in MB. */
export async function peakOf(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, { stdio: 'ignore' })
  let peak = 0
  const look = setInterval(() => {
    peak = Math.max(peak, peakMemory(child.pid))
  }, 10)
  await new Promise(resolve => child.on('close', resolve))
  clearInterval(look)
  return peak
}
