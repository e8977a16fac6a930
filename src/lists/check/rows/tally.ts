import type { Contract } from '../../contract/shape.ts';
import { DEFECTS, type Dimension, type Severity } from '../defects.ts';

/** How often one check was made and failed; checks without a failure stand in the list with 0. */
export type CheckCount = {
  readonly rule: string;
  readonly dimension: Dimension;
  readonly severity: Severity;
  readonly checked: number;
  readonly failed: number;
};

/** What was counted over all rows of a delivery. rows = accepted + quarantined; broken rows are among the quarantined. */
export type Tally = {
  readonly rows: number;
  readonly accepted: number;
  readonly quarantined: number;
  readonly broken: number;
  /** Accepted rows with at least one warning. */
  readonly warnings: number;
  /** Accepted rows in which the field has a value. */
  readonly filled: Readonly<Record<string, number>>;
  readonly checks: readonly CheckCount[];
  /** First and last business time of the accepted rows as dates; a year counts as its first day. */
  readonly businessTimeMin: string | null;
  readonly businessTimeMax: string | null;
  /** Accepted rows with a business time, and those of them that landed within the contract's latency. */
  readonly latencyChecked: number;
  readonly latencyWithin: number;
};

/** Counters of one file's check. Owned by its RowCheck, which adds to them row by row. */
export class Counters {
  rows = 0;
  accepted = 0;
  broken = 0;
  warned = 0;
  widthDiffers = 0;
  subjectMissing = 0;
  subjectNotListed = 0;
  subjectUnreadable = 0;
  /** Codes that have a form with a check character. */
  subjectChecked = 0;
  subjectChecksum = 0;
  subjectIdCard = 0;
  readonly seen: Uint32Array;
  readonly filled: Uint32Array;
  readonly missing: Uint32Array;
  readonly unreadable: Uint32Array;
  readonly warnedFields: Uint32Array;
  readonly ruleChecked: Uint32Array;
  readonly ruleFailed: Uint32Array;
  readonly #contract: Contract;
  readonly #onTimeFrom: string;
  readonly #isMonth: boolean;
  #timeMin = '';
  #timeMax = '';
  #timed = 0;
  #onTime = 0;

  constructor(contract: Contract, today: string) {
    const fields = contract.fields.length;
    this.seen = new Uint32Array(fields);
    this.filled = new Uint32Array(fields);
    this.missing = new Uint32Array(fields);
    this.unreadable = new Uint32Array(fields);
    this.warnedFields = new Uint32Array(fields);
    this.ruleChecked = new Uint32Array(contract.rules.length);
    this.ruleFailed = new Uint32Array(contract.rules.length);
    this.#contract = contract;
    this.#isMonth = contract.fields.some(
      ({ name, kind }) => name === contract.businessTime && kind === 'month',
    );
    this.#onTimeFrom = earliestOnTime(today, contract.latency);
  }

  /** Notes when the fact of an accepted row happened; months and years are in time counted from their end. */
  countTime(value: string): void {
    if (value === '' || value === 'infinity') return;
    if (this.#timeMin === '' || value < this.#timeMin) this.#timeMin = value;
    if (value > this.#timeMax) this.#timeMax = value;
    this.#timed += 1;
    if (this.#endOf(value) >= this.#onTimeFrom) this.#onTime += 1;
  }

  result(): Tally {
    return {
      rows: this.rows,
      accepted: this.accepted,
      quarantined: this.rows - this.accepted,
      broken: this.broken,
      warnings: this.warned,
      filled: Object.fromEntries(this.#contract.fields.map(({ name }, at) => [name, this.filled[at] ?? 0])),
      checks: [...this.#rowChecks(), ...this.#fieldChecks(), ...this.#ruleChecks()],
      businessTimeMin: asDate(this.#timeMin),
      businessTimeMax: asDate(this.#timeMax),
      latencyChecked: this.#timed,
      latencyWithin: this.#onTime,
    };
  }

  #endOf(value: string): string {
    if (value.length === 4) return `${value}-12-31`;
    return this.#isMonth ? `${value.slice(0, 7)}-31` : value.slice(0, 10);
  }

  #rowChecks(): CheckCount[] {
    const read = this.rows - this.broken;
    const fitting = read - this.widthDiffers;
    const { subjectUnreadable, subjectChecked } = this;
    return [
      { rule: 'row.readable', ...block('conformity'), checked: this.rows, failed: this.broken },
      { rule: 'row.width', ...block('conformity'), checked: read, failed: this.widthDiffers },
      { rule: 'subject.present', ...block('completeness'), checked: fitting, failed: this.subjectMissing },
      { rule: 'subject.listed', ...block('accuracy'), checked: fitting, failed: this.subjectNotListed },
      { rule: 'subject.readable', ...block('conformity'), checked: fitting, failed: subjectUnreadable },
      {
        rule: 'subject.checksum',
        ...warn('accuracy'),
        checked: subjectChecked,
        failed: this.subjectChecksum,
      },
      { rule: 'subject.id_card_shaped', ...warn('conformity'), checked: fitting, failed: this.subjectIdCard },
    ];
  }

  #fieldChecks(): CheckCount[] {
    const fitting = this.rows - this.broken - this.widthDiffers;
    return this.#contract.fields.flatMap(({ name, required, kind }, at) => {
      const [seen = 0, missing = 0, unreadable = 0] = [this.seen[at], this.missing[at], this.unreadable[at]];
      const checks: CheckCount[] = [];
      if (required)
        checks.push({
          rule: `required.${name}`,
          ...block('completeness'),
          checked: fitting,
          failed: missing,
        });
      checks.push({ rule: `format.${name}`, ...block('conformity'), checked: seen, failed: unreadable });
      if (kind === 'uscc') {
        const { dimension, severity } = DEFECTS.uscc_checksum;
        const failed = this.warnedFields[at] ?? 0;
        checks.push({ rule: `checksum.${name}`, dimension, severity, checked: seen - unreadable, failed });
      }
      return checks;
    });
  }

  #ruleChecks(): CheckCount[] {
    return this.#contract.rules.map(({ id, dimension, severity }, at) => {
      return {
        rule: id,
        dimension,
        severity,
        checked: this.ruleChecked[at] ?? 0,
        failed: this.ruleFailed[at] ?? 0,
      };
    });
  }
}

const block = (dimension: Dimension) => ({ dimension, severity: 'block' }) as const;
const warn = (dimension: Dimension) => ({ dimension, severity: 'warn' }) as const;

function asDate(time: string): string | null {
  if (time === '') return null;
  return time.length === 4 ? `${time}-01-01` : time.slice(0, 10);
}

/** The earliest day whose facts are still on time when they land today. */
function earliestOnTime(today: string, { value, unit }: Contract['latency']): string {
  const day = new Date(`${today}T00:00:00Z`);
  if (unit === 'd') day.setUTCDate(day.getUTCDate() - value);
  else day.setUTCMonth(day.getUTCMonth() - value * (unit === 'y' ? 12 : 1));
  return day.toISOString().slice(0, 10);
}
