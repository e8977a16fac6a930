import type { Tx } from '#kernel';
import type { PopulationPermit } from '#security';
import type { Catalogue } from '../../contract/load.ts';
import type { Contract } from '../../contract/shape.ts';
import { relation } from '../../read/relation.ts';
import { qualityRefusal } from '../quality-refusals.ts';
import { compileRule, type Placeholders } from './compile-rule.ts';
import { answeringContract, contractOf, type CrossRule, fieldsRead, type Side } from './rule-form.ts';

/** What one rule looked at and found, and the dataset and provider who answer for it. */
export type CrossEvidence = {
  readonly rule: string;
  readonly contractId: string;
  readonly provider: string;
  readonly dimension: 'consistency' | 'coverage';
  readonly checked: number;
  readonly failed: number;
};

export type CrossRun = {
  readonly runNo: string;
  readonly permit: PopulationPermit;
  readonly catalogue: Catalogue;
  readonly placeholders: Placeholders;
};

/**
 * Runs each rule as one statement over the population of the Permit and keeps the record behind each finding in
 * lists.quality_findings. A rule that checked nothing is part of the evidence with 0 checks.
 */
export async function runCrossRules(
  tx: Tx,
  rules: readonly CrossRule[],
  run: CrossRun,
): Promise<CrossEvidence[]> {
  for (const rule of rules) requireReadable(rule, run);
  await tx.rows(
    `create temporary table judged (enterprise_id bigint, delivery_no bigint, row_no integer, failed boolean)
     on commit drop`,
  );
  const evidence: CrossEvidence[] = [];
  for (const rule of rules) evidence.push(await runRule(tx, rule, run));
  await tx.rows('drop table judged');
  return evidence;
}

/** The contracts that the rules read, for the Permit to be asked for. */
export function contractsRead(rules: readonly CrossRule[], catalogue: Catalogue): Contract[] {
  const ids = new Set(rules.flatMap((rule) => [contractOf(rule.judged), contractOf(rule.partner)]));
  return [...ids].flatMap((id) => (id === null ? [] : [contractIn(catalogue, id)]));
}

async function runRule(tx: Tx, rule: CrossRule, run: CrossRun): Promise<CrossEvidence> {
  const compiled = compileRule(
    rule,
    {
      judged: subjectRelation(tx, run, rule.judged),
      partner: subjectRelation(tx, run, rule.partner),
      kindOf: (side, name) => fieldIn(run.catalogue, contractOf(rule[side]), name)?.kind,
    },
    run.placeholders,
  );
  await tx.rows('truncate judged');
  await tx.rows(`insert into judged ${compiled.text}`, compiled.values);
  const [counts] = await tx.rows<{ checked: string; failed: string }>(
    'select count(*) as checked, count(*) filter (where failed) as failed from judged',
  );
  await tx.rows(
    `insert into lists.quality_findings (enterprise_id, run_no, rule, delivery_no, row_no)
     select enterprise_id, $1::bigint, $2, delivery_no, row_no from judged where failed`,
    [run.runNo, rule.id],
  );
  return await keepEvidence(tx, rule, {
    run,
    checked: Number(counts?.checked),
    failed: Number(counts?.failed),
  });
}

async function keepEvidence(
  tx: Tx,
  rule: CrossRule,
  { run, checked, failed }: { run: CrossRun; checked: number; failed: number },
): Promise<CrossEvidence> {
  const contractId = answeringContract(rule) ?? '';
  const { provider } = contractIn(run.catalogue, contractId);
  await tx.rows(
    `insert into lists.quality_cross_evidence (run_no, rule, contract_id, provider, dimension, checked, failed)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [run.runNo, rule.id, contractId, provider, rule.dimension, checked, failed],
  );
  return { rule: rule.id, contractId, provider, dimension: rule.dimension, checked, failed };
}

/** A relation with the enterprise that each record counts for now: a merged one counts for the one it went into. */
function subjectRelation(tx: Tx, { permit, catalogue }: CrossRun, side: Side): string {
  const at = `timestamptz '${permit.asOf.knownAt.toISOString()}'`;
  const alias = `left join lists.enterprise_aliases a
      on a.alias_id = x.enterprise_id and a.known_from <= ${at} and a.known_to > ${at}`;
  const id = contractOf(side);
  if (id !== null) {
    const records = relation(tx, permit, contractIn(catalogue, id));
    return `(select coalesce(a.enterprise_id, x.enterprise_id) as subject, x.* from ${records} x ${alias})`;
  }
  return `(select x.enterprise_id as subject, x.enterprise_id, coalesce(x.made_by_delivery, 0) as delivery_no,
      0 as row_no, x.standing, x.kind, x.size_class
    from lists.enterprises x ${alias} where a.alias_id is null and x.made_at <= ${at})`;
}

function requireReadable(rule: CrossRule, { permit }: CrossRun): void {
  for (const side of ['judged', 'partner'] as const) {
    const contract = contractOf(rule[side]);
    if (contract === null) continue;
    const readable = new Set(permit.fields(contract).map(({ name }) => name));
    const missing = fieldsRead(rule, side).filter((name) => !readable.has(name));
    if (missing.length > 0 || readable.size === 0) {
      throw qualityRefusal('quality.rule_not_readable', {
        rule: rule.id,
        contract,
        fields: missing.join(', '),
      });
    }
  }
}

function contractIn(catalogue: Catalogue, id: string): Contract {
  const contract = catalogue.contracts.get(id);
  if (contract === undefined) throw new TypeError(`no contract ${id}`);
  return contract;
}

function fieldIn(
  catalogue: Catalogue,
  id: string | null,
  name: string,
): Contract['fields'][number] | undefined {
  return id === null ? undefined : contractIn(catalogue, id).fields.find((field) => field.name === name);
}
