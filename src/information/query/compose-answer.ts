import type { DatasetAnswer, Outcome } from '#lists';
import type { Consent } from '#security';
import type { Standings } from '../read-evidence.ts';
import type { AnsweredDataset, SourceAnswer } from './query-shape.ts';

/** Outcomes after which an answer is whole: there was nothing more to be had. */
const WHOLE: ReadonlySet<Outcome> = new Set(['ok', 'no_data', 'not_covered']);

export function isPartial(datasets: readonly AnsweredDataset[]): boolean {
  return datasets.some(({ outcome }) => !WHOLE.has(outcome));
}

/** A dataset the node holds; what enterprises filed says how well it is proved. */
export function fromReplica(answer: DatasetAnswer, standings: Standings): AnsweredDataset {
  const isFiled = answer.contract.list === 'voluntary';
  return {
    ...headOf(answer),
    outcome: answer.outcome,
    updatedAt: answer.lastDeliveryAt?.toISOString() ?? null,
    cutOff: answer.cutOff,
    totalRecords: answer.totalRecords,
    records: answer.records.map(({ recordId, values, marks, knownFrom }) => ({
      id: recordId,
      values,
      isDisputed: marks.includes('disputed'),
      knownFrom: knownFrom.toISOString(),
      ...(isFiled && { evidenceLevel: standings?.get(recordId)?.level ?? 'L0' }),
    })),
  };
}

/**
 * A dataset that its department answered: only fields that the Permit of this transaction shows, only records in the
 * consent's range. What the Permit does not show at all is denied, whatever the source said.
 */
export function fromSource(
  replica: DatasetAnswer,
  source: SourceAnswer,
  consent: Pick<Consent, 'dataFrom' | 'dataTo'>,
): AnsweredDataset {
  const names = replica.fields.map(({ name }) => name);
  const { businessTime } = source.contract;
  const inRange = source.values.filter((values) => isInRange(values[businessTime ?? ''] ?? null, consent));
  const records = inRange.map((values) => ({
    id: null,
    values: Object.fromEntries(names.map((name) => [name, values[name] ?? null])),
    isDisputed: false,
    knownFrom: null,
  }));
  const isDenied = names.length === 0;
  return {
    ...headOf(replica),
    outcome: outcomeOf({ isDenied, outcome: source.outcome, count: records.length }),
    updatedAt: isDenied ? null : (source.sourceAt?.toISOString() ?? null),
    cutOff: null,
    totalRecords: isDenied ? 0 : records.length,
    records: isDenied ? [] : records,
  };
}

function outcomeOf(found: { isDenied: boolean; outcome: Outcome; count: number }): Outcome {
  if (found.isDenied) return 'denied';
  return found.outcome === 'ok' && found.count === 0 ? 'no_data' : found.outcome;
}

/** Without a business time a record is not of any period, and in range. */
function isInRange(time: string | null, { dataFrom, dataTo }: Pick<Consent, 'dataFrom' | 'dataTo'>): boolean {
  if (time === null) return true;
  const day = time.slice(0, 10);
  return (dataFrom === null || day >= dataFrom.slice(0, day.length)) && (dataTo === null || day <= dataTo);
}

function headOf({
  contract,
}: DatasetAnswer): Pick<AnsweredDataset, 'contract' | 'version' | 'name' | 'provider'> {
  return {
    contract: contract.id,
    version: contract.version,
    name: contract.name,
    provider: contract.provider,
  };
}
