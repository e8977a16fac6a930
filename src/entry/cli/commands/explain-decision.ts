import type { Command } from 'commander';
import { inTransaction, type Tx } from '#kernel';
import { readContractVersion } from '#lists';
import {
  type ContractFacts,
  type DecisionFacts,
  explainDecision,
  type Explanation,
  openKeptPolicies,
  readDecision,
  requireAllowed,
} from '#security';
import { withNode } from '../with-node.ts';

/** Makes a decision on record again and says, field by field, what stood and why. */
export function addExplainDecision(program: Command): void {
  program
    .command('explain-decision')
    .description('复核一次查询或拒绝的决定 · make one decision again, under the policies of its day')
    .argument('<id>', '查询留痕 dsc_… 或拒绝的回执 rcp_…')
    .option('--json', 'one JSON line')
    .action(async (id: string, options: { json?: boolean }) => {
      await withNode({ ...options, duty: 'audit_admin' }, async ({ node, output, caller }) => {
        requireAllowed(node.policies, caller, 'explain_decision');
        const explained = await inTransaction(node.database, (tx) => explain(tx, id));
        output.answer(explained, () => linesOf(explained).join('\n'));
      });
    });
}

type Explained = {
  readonly id: string;
  readonly at: string;
  readonly refusedWith: string | null;
  readonly policyHash: string;
  readonly reader: DecisionFacts['reader'];
  readonly contracts: readonly Explanation[];
};

async function explain(tx: Tx, id: string): Promise<Explained> {
  const { at, refusedWith, facts } = await readDecision(tx, id);
  const policies = await openKeptPolicies(tx, facts.policyHash);
  const contracts: ContractFacts[] = [];
  for (const { id: contractId, hash } of facts.contracts) {
    const contract = hash === null ? undefined : await readContractVersion(tx, contractId, hash);
    if (contract !== undefined) contracts.push(contract);
  }
  return {
    id,
    at: at.toISOString(),
    refusedWith,
    policyHash: facts.policyHash,
    reader: facts.reader,
    contracts: explainDecision(policies, facts, contracts),
  };
}

const SHOWN = { whole: '显示', masked: '脱敏显示', never: '不显示' } as const;

function linesOf({ id, at, refusedWith, policyHash, reader, contracts }: Explained): string[] {
  const head = [
    `${id}  ${at}  ${refusedWith ?? '已允许'}`,
    `策略 ${policyHash.slice(0, 12)}  用途 ${reader.purpose}  身份 ${reader.kind} ${reader.roles.join()}`,
  ];
  const fields = contracts.flatMap(({ contractId, fields: each }) => [
    contractId,
    ...each.map(({ name, disclosure, shown, verifiable, ground, text }) => {
      const why = ground === undefined ? '' : `  第 ${text?.clause} 条 ${text?.zh ?? ground}`;
      return `  ${name} (${disclosure}) ${SHOWN[shown]}${verifiable ? '，可核验' : ''}${why}`;
    }),
  ]);
  return [...head, ...fields];
}
