import type { Tx } from '#kernel';
import { readParticipants } from '#platform';
import { type Caller, requireAllowed } from '#security';
import type { ReturnsContext } from '../returns-context.ts';
import { returnsRefusal } from '../returns-refusals.ts';
import { type DepartmentSheet, showSheet, type ShownSheet } from '../sheets/sheet.ts';
import { sheetOf } from './seal-month.ts';
import { requireVersion, type Version } from './versions.ts';

export type ReadSheet = Omit<Version<DepartmentSheet>, 'content'> & { readonly sheet: ShownSheet };

/**
 * The sealed sheet of a department, named as the lists name it or by its id as a participant. Throws
 * `returns.provider_unknown`, `returns.month_not_sealed`, `returns.version_unknown`, `policy.…`.
 */
export async function readSheet(
  tx: Tx,
  context: ReturnsContext,
  asked: { caller: Caller; provider: string; month: string; version?: number | undefined },
): Promise<ReadSheet> {
  const { caller, month, version } = asked;
  const provider = await requireProvider(tx, context, asked.provider);
  requireAllowed(context.policies, caller, 'read_department_sheet', { provider });
  const subject = sheetOf(provider);
  const { content, ...head } = await requireVersion<DepartmentSheet>(tx, { subject, month, version });
  return { ...head, sheet: showSheet(content) };
}

async function requireProvider(tx: Tx, { catalogue }: ReturnsContext, asked: string): Promise<string> {
  const names = new Set([...catalogue.contracts.values()].map(({ provider }) => provider));
  if (names.has(asked)) return asked;
  const participant = (await readParticipants(tx, [asked])).get(asked);
  if (participant !== undefined && names.has(participant.name.zh)) return participant.name.zh;
  throw returnsRefusal('returns.provider_unknown', { provider: asked });
}
