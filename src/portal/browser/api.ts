import { language } from './language.ts';

export type NodeFacts = {
  name: string;
  isSynthetic: boolean;
  isDemonstration: boolean;
  signIn: { passwords: boolean; outside: string | null };
};

export type Session = {
  login: string;
  label: { zh: string; en: string };
  kind: 'operator' | 'provider' | 'reader' | 'enterprise';
  roles: string[];
  organisation: string | null;
};

export type ListLine = {
  id: string;
  list: string;
  name: string;
  provider: string;
  sharingModes: string[];
  disclosures: string[];
  frequency: string;
  lastDeliveryAt: string | null;
  lastState: string | null;
  records: number;
};

export type Contract = {
  id: string;
  list: string;
  name: string;
  version: string;
  purpose: string;
  usage: string;
  limitations: string;
  provider: string;
  duty: { name: string; basis: string };
  sharingModes: string[];
  fields: {
    name: string;
    businessName: string;
    kind: string;
    required: boolean;
    disclosure: string;
    source: string;
  }[];
};

export type Delivery = {
  delivery: string;
  contract: string;
  provider: string;
  file: string;
  state: string;
  receivedAt: string;
  rows: number | null;
  new: number | null;
  changed: number | null;
  unchanged: number | null;
  held: number | null;
  quarantined: number | null;
  duplicateInFile: number | null;
};

type Two = { zh: string; en: string };

export type DeliveryReceipt = Delivery & {
  digest: string;
  returnDueOn: string | null;
  refusal: { code: string; message: Two; remedy: Two } | null;
  defects: { row: number; field: string; message: string }[];
  defectsTotal: number;
  receipt: { id: string } | null;
};

export type Enterprise = {
  code: string | null;
  checksumOk: boolean;
  name: string;
  formerNames: string[];
  sizeClass: string;
};

export type Access = {
  id: string;
  at: string;
  kind: string;
  purpose: string;
  by: Two;
  institution: string | null;
  receiptId: string;
  /** Null: it was used, or has time still. */
  unusedSince: string | null;
};

export type PositiveRecord = {
  record: string;
  contract: string;
  name: string;
  title: string;
  at: string | null;
  isPositive: boolean;
  declinedSince: string | null;
};

export type Receipt = {
  receipt: { id: string; at: string };
  included: { index: number; size: number } | null;
};

export type ReviewItem = {
  reviewNo: string;
  reason: string;
  subjectCode: string;
  subjectName: string;
  candidates: { code: string | null; name: string | null }[];
  heldRows: number;
  madeAt: string;
};

export type QualityLine = {
  subject: string;
  rank: number | null;
  trendPpm: number | null;
  scores: { dimension: string; value: number; unit: string }[];
};

export type Quality = {
  period: string;
  runId: string;
  computedAt: string;
  checks: number;
  node: QualityLine;
  providers: QualityLine[];
  datasets: QualityLine[];
};

export type Verified = {
  form: string;
  number: string;
  enterpriseName: string;
  issuedAt: string;
  asOf: string;
  validUntil: string;
  isSynthetic: boolean;
  objections: {
    recordId: string;
    contract: string;
    stateWords: { zh: string; en: string };
    appliedAt: string;
    statement: string | null;
  }[];
};

/** What the node refused, in its own words. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  override readonly message: string;
  readonly remedy: string;
  readonly requestId: string;

  constructor(status: number, body: ErrorBody) {
    super(body.error.code);
    this.status = status;
    this.code = body.error.code;
    this.message = body.error.message[language()];
    this.remedy = body.error.remedy[language()];
    this.requestId = body.requestId;
  }
}

type ErrorBody = { error: { code: string; message: Two; remedy: Two }; requestId: string };

/** Asks the node; the answer's form is what the API declares. Throws ApiError for a refusal. */
export async function ask<Answer>(path: string, options: RequestInit = {}): Promise<Answer> {
  const answer = await fetch(path, { credentials: 'same-origin', ...options });
  if (answer.status === 204) return undefined as Answer;
  const body: unknown = await answer.json();
  if (!answer.ok) throw new ApiError(answer.status, body as ErrorBody);
  return body as Answer;
}

export async function send<Answer>(method: 'POST' | 'DELETE', path: string, body?: object): Promise<Answer> {
  if (body === undefined) return await ask(path, { method });
  return await ask(path, {
    method,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });
}

/** Uploads a file with progress, which `fetch` cannot tell; resolves with the receipt, complete or so far. */
export function upload(
  path: string,
  file: File,
  progress: (share: number) => void,
): Promise<DeliveryReceipt> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('PUT', path);
    request.responseType = 'json';
    request.upload.addEventListener('progress', ({ loaded, total }) =>
      progress(total === 0 ? 1 : loaded / total),
    );
    request.addEventListener('error', () => reject(new TypeError('network')));
    request.addEventListener('load', () => {
      if (request.status < 300) resolve(request.response as DeliveryReceipt);
      else reject(new ApiError(request.status, request.response as ErrorBody));
    });
    request.send(file);
  });
}
