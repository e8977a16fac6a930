/** What can happen in an incident; closed. Each is a leaf and a line of the timeline. */
export const INCIDENT_ACTS = [
  'opened',
  'measure',
  'scoped',
  'regulator_told',
  'withholding_proposed',
  'withholding_approved',
  'withholding_rejected',
  'notice_ordered',
  'persons_told',
  'closing_proposed',
  'closing_rejected',
  'closed',
] as const;
export type IncidentAct = (typeof INCIDENT_ACTS)[number];

/** `told`, `not_told`: whether those affected were notified, or two persons decided that they need not be. */
export const INCIDENT_STATES = ['open', 'scoped', 'told', 'not_told', 'closing', 'closed'] as const;
export type IncidentState = (typeof INCIDENT_STATES)[number];

export const INCIDENT_KINDS = ['leak', 'tampering', 'loss'] as const;
/** 泄露, 篡改, 丢失. */
export type IncidentKind = (typeof INCIDENT_KINDS)[number];

export type TakenStep = { readonly act: IncidentAct; readonly by: string };

/** What the steps so far come to. */
export type IncidentStanding = {
  readonly state: IncidentState;
  readonly hasMeasure: boolean;
  readonly isScoped: boolean;
  readonly isReported: boolean;
  /** Who proposed not to notify; null: no such proposal waits. */
  readonly withholdingBy: string | null;
  readonly isWithheld: boolean;
  /** An authority asked that those affected are told, after which nobody decides otherwise. */
  readonly isOrdered: boolean;
  /** Everybody in the last scope was told, or is being told. */
  readonly isTold: boolean;
  readonly closingBy: string | null;
};

const BEGINNING: IncidentStanding = {
  state: 'open',
  hasMeasure: false,
  isScoped: false,
  isReported: false,
  withholdingBy: null,
  isWithheld: false,
  isOrdered: false,
  isTold: false,
  closingBy: null,
};

export function standingOf(steps: readonly TakenStep[]): IncidentStanding {
  return steps.reduce(after, BEGINNING);
}

/** The standing after a step that `refusalOf` allows. */
export function after(before: IncidentStanding, step: TakenStep): IncidentStanding {
  const next = { ...before, ...changeOf(step) };
  return { ...next, state: stateOf(next, step.act) };
}

function changeOf({ act, by }: TakenStep): Partial<IncidentStanding> {
  switch (act) {
    case 'opened':
      return {};
    case 'measure':
      return { hasMeasure: true };
    case 'scoped':
      // Whoever is newly found was not told, and it was not decided of them that they need not be.
      return { isScoped: true, isTold: false, isWithheld: false, withholdingBy: null };
    case 'regulator_told':
      return { isReported: true };
    case 'withholding_proposed':
      return { withholdingBy: by };
    case 'withholding_approved':
      return { withholdingBy: null, isWithheld: true };
    case 'withholding_rejected':
      return { withholdingBy: null };
    case 'notice_ordered':
      return { isOrdered: true, isWithheld: false, withholdingBy: null };
    case 'persons_told':
      return { isTold: true, withholdingBy: null, isWithheld: false };
    case 'closing_proposed':
      return { closingBy: by };
    case 'closing_rejected':
    case 'closed':
      return { closingBy: null };
  }
}

function stateOf(standing: IncidentStanding, act: IncidentAct): IncidentState {
  if (act === 'closed') return 'closed';
  if (standing.closingBy !== null) return 'closing';
  if (standing.isTold) return 'told';
  if (standing.isWithheld) return 'not_told';
  return standing.isScoped ? 'scoped' : 'open';
}

export type Words = { readonly zh: string; readonly en: string };

/** Why the step cannot be taken now; undefined: it can. Pure, by the law's order (PIPL article 57). */
export function reasonAgainst(standing: IncidentStanding, act: IncidentAct): Words | undefined {
  const { state } = standing;
  if (state === 'closed') return { zh: '事件已结案', en: 'it is closed' };
  const answersClosing = act === 'closed' || act === 'closing_rejected';
  if (state === 'closing' && !answersClosing)
    return { zh: '结案待另一人批准', en: 'its closing waits for another person' };
  switch (act) {
    case 'withholding_proposed':
      return againstWithholding(standing);
    case 'withholding_approved':
    case 'withholding_rejected':
      return standing.withholdingBy === null
        ? { zh: '没有待批准的不通知决定', en: 'no decision not to notify waits' }
        : undefined;
    case 'persons_told':
      return standing.isScoped ? undefined : UNSCOPED;
    case 'closing_proposed':
      return againstClosing(standing);
    case 'closed':
    case 'closing_rejected':
      return standing.closingBy === null
        ? { zh: '没有人提出结案', en: 'nobody proposed to close it' }
        : undefined;
    default:
      return undefined;
  }
}

const UNSCOPED: Words = { zh: '尚未查明影响范围', en: 'whom it concerns is not found yet' };

function againstWithholding({ isScoped, isTold, isOrdered, withholdingBy, isWithheld }: IncidentStanding) {
  if (!isScoped) return UNSCOPED;
  if (isTold) return { zh: '已通知受影响者', en: 'those affected were told' };
  if (isOrdered) return { zh: '主管部门已要求通知', en: 'an authority asked that they are told' };
  if (withholdingBy !== null || isWithheld)
    return { zh: '不通知的决定已提出或已批准', en: 'that was proposed or approved already' };
  return undefined;
}

function againstClosing({ hasMeasure, isScoped, isReported, isTold, isWithheld }: IncidentStanding) {
  if (!hasMeasure) return { zh: '尚未记录补救措施', en: 'no measure is on record' };
  if (!isScoped) return UNSCOPED;
  if (!isReported) return { zh: '尚未报告主管部门', en: 'no authority was told' };
  if (!isTold && !isWithheld)
    return {
      zh: '尚未通知受影响者，也未由两人决定不通知',
      en: 'those affected were neither told nor decided of by two persons',
    };
  return undefined;
}
