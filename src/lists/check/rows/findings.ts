import type { CopyBuffer } from './copy-buffer.ts';
import { type DefectCode, type DefectParams, DEFECTS, type Severity } from '../defects.ts';
import { storableText } from '../values/fold.ts';

type Finding = {
  readonly field: string;
  readonly code: DefectCode;
  readonly severity: Severity;
  /** The check under which the summary counts this defect. */
  readonly rule: string;
  readonly params: DefectParams;
};

/** What was found out about the row at hand besides its values: defects, and spellings that the fold changed. */
export class Findings {
  isBlocked = false;
  #found: Finding[] = [];
  #original: Record<string, string> | null = null;

  /** Forgets the row before. */
  begin(): void {
    if (this.#found.length > 0) this.#found = [];
    this.isBlocked = false;
    this.#original = null;
  }

  get isEmpty(): boolean {
    return this.#found.length === 0;
  }

  /** A defect of the closed list, with the severity that it has there. */
  add(field: string, code: DefectCode, rule: string, params: DefectParams = {}): void {
    this.#push({ field, code, severity: DEFECTS[code].severity, rule, params });
  }

  /** A rule of the contract that the row broke; the rule says how severe that is. */
  addRule(field: string, rule: { id: string; severity: Severity; description: string }): void {
    const { id, severity, description } = rule;
    this.#push({ field, code: 'rule_broken', severity, rule: id, params: { description } });
  }

  /** Keeps a field's spelling beside its normalised value. Never called for masked kinds. */
  keepOriginal(name: string, cell: string): void {
    this.#original ??= {};
    this.#original[name] = storableText(cell).trim();
  }

  /** `{field: original text}` as JSON, '' when every spelling was canonical. */
  originalJson(): string {
    return this.#original === null ? '' : JSON.stringify(this.#original);
  }

  /** Appends one line of `DEFECT_COLUMNS` per defect; `raw` goes to the first. */
  write(defects: CopyBuffer, rowNo: number, raw: string): void {
    for (const [at, { field, code, severity, rule, params }] of this.#found.entries()) {
      defects.firstNumber(rowNo);
      defects.textColumn(field);
      defects.column(code);
      defects.column(severity);
      defects.column(rule);
      defects.column(JSON.stringify(params));
      defects.column(at === 0 ? raw : '');
      defects.endLine();
    }
  }

  #push(finding: Finding): void {
    this.#found.push(finding);
    if (finding.severity === 'block') this.isBlocked = true;
  }
}
