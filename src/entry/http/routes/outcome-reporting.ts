import type { Static } from 'typebox';
import type { Tx } from '#kernel';
import { type BatchResult, loadReasons, type OutcomesContext } from '#outcomes';
import { type AdmissionUse, proveAdmission } from '#platform';
import type { Admission, Caller } from '#security';
import type { Node } from '../../node.ts';
import { toWire } from '../schemas.ts';
import type { Batch } from './outcome-schemas.ts';

/** What outcomes works with on this node. */
export function openOutcomes({ config, clock, keys, policies }: Node): OutcomesContext {
  const cities = config.definitionsFolder === undefined ? [] : [config.definitionsFolder];
  return { clock, keys, policies, reasons: loadReasons(config.packageFolder, cities) };
}

/** Who reports, for whom and through whom. */
export async function proveReporter(
  tx: Tx,
  node: Node,
  caller: Caller,
  use: { institution?: string | undefined; branch?: string | undefined; operator: string },
): Promise<Admission> {
  const asked: AdmissionUse = {
    operator: use.operator,
    ...(use.institution === undefined ? {} : { institutionId: use.institution }),
    ...(use.branch === undefined ? {} : { branchId: use.branch }),
  };
  return await proveAdmission(tx, node.clock, caller, asked);
}

/** A batch as it leaves; its receipt is a plain statement already. */
export function toBatchWire(result: BatchResult): Static<typeof Batch> {
  return { ...toWire(result), receipt: result.receipt };
}
