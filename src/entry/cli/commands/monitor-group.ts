import type { Command } from 'commander';

/** The one `monitor` command, under which each part of monitoring puts its own. */
export function monitorGroup(program: Command): Command {
  const there = program.commands.find((command) => command.name() === 'monitor');
  return there ?? program.command('monitor').description('风险监测预警 · risk monitoring and alerts');
}
