import type { Command } from 'commander';

/** The one `rights` command, under which each part of what enterprises are owed puts its own. */
export function rightsGroup(program: Command): Command {
  const there = program.commands.find((command) => command.name() === 'rights');
  return (
    there ??
    program.command('rights').description('信息主体权益 · what an enterprise is owed (articles 7 and 12)')
  );
}
