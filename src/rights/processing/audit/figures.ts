/** A number of the yearly audit and the rows it counts. */
export type FigureDefinition = {
  readonly id: string;
  readonly zh: string;
  readonly en: string;
  /** The figure that it is a part of; null: it stands by itself. */
  readonly partOf: string | null;
  /** `node`: about the node alone, so that no floor applies. */
  readonly about: 'subjects' | 'node';
  /** Statement over $1 and $2, the year's first instant and the first behind it: matter, subject (null: the node), at. */
  readonly rows: string;
};

/** Matters by their terms: a matter began with its first term. */
const MATTERS = `select matter_kind, matter_id as matter, enterprise_id::text as subject, min(started_at) as at
  from rights.terms where known_to = 'infinity' group by 1, 2, 3`;
const TERMS = `select term_id as matter, enterprise_id::text as subject, started_at as at, ended_at, late_days
  from rights.terms where known_to = 'infinity'`;

function ofMatters(kind: string): string {
  return `select matter, subject, at from (${MATTERS}) m where matter_kind = '${kind}' and at >= $1 and at < $2`;
}

function ofTerms(condition: string): string {
  return `select matter, subject, at from (${TERMS}) t where at >= $1 and at < $2${condition}`;
}

/** 合规审计年度数字 (PIPL article 54); closed. Wholes before their parts. */
export const FIGURES: readonly FigureDefinition[] = [
  {
    id: 'requests',
    zh: '收到的申请',
    en: 'Requests received',
    partOf: null,
    about: 'subjects',
    rows: `select matter, subject, at from (${MATTERS}) m where matter_kind in ('objection', 'repair', 'complaint') and at >= $1 and at < $2
      union all
      select request_id, person_id, asked_at from rights.person_requests where asked_at >= $1 and asked_at < $2`,
  },
  {
    id: 'objections',
    zh: '异议',
    en: 'Objections',
    partOf: 'requests',
    about: 'subjects',
    rows: ofMatters('objection'),
  },
  {
    id: 'repairs',
    zh: '信用修复',
    en: 'Repairs',
    partOf: 'requests',
    about: 'subjects',
    rows: ofMatters('repair'),
  },
  {
    id: 'complaints',
    zh: '投诉',
    en: 'Complaints',
    partOf: 'requests',
    about: 'subjects',
    rows: ofMatters('complaint'),
  },
  {
    id: 'person_requests',
    zh: '个人信息请求',
    en: 'Requests about personal information',
    partOf: 'requests',
    about: 'subjects',
    rows: `select request_id as matter, person_id as subject, asked_at as at
      from rights.person_requests where asked_at >= $1 and asked_at < $2`,
  },
  {
    id: 'terms',
    zh: '起算的期限',
    en: 'Time limits begun',
    partOf: null,
    about: 'subjects',
    rows: ofTerms(''),
  },
  {
    id: 'terms_met',
    zh: '按期办结',
    en: 'Met',
    partOf: 'terms',
    about: 'subjects',
    rows: ofTerms(' and ended_at is not null and late_days = 0'),
  },
  {
    id: 'terms_late',
    zh: '逾期办结',
    en: 'Ended late',
    partOf: 'terms',
    about: 'subjects',
    rows: ofTerms(' and ended_at is not null and late_days > 0'),
  },
  {
    id: 'terms_open',
    zh: '尚未办结',
    en: 'Not ended',
    partOf: 'terms',
    about: 'subjects',
    rows: ofTerms(' and ended_at is null'),
  },
  {
    id: 'refusals',
    zh: '不予受理或者驳回',
    en: 'Refused or rejected',
    partOf: null,
    about: 'subjects',
    rows: `select objection_id || ':' || item_no as matter, enterprise_id::text as subject, decided_at as at
      from rights.objection_items where state in ('rejected', 'refused') and decided_at >= $1 and decided_at < $2
      union all
      select request_id, person_id, decided_at from rights.person_requests
      where state = 'refused' and decided_at >= $1 and decided_at < $2`,
  },
  {
    id: 'deletions',
    zh: '删除',
    en: 'Deletions',
    partOf: null,
    about: 'subjects',
    rows: `select removal_id || ':' || place as matter, enterprise_id::text as subject, removed_at as at
      from rights.removals where removed_at >= $1 and removed_at < $2
      union all
      select attachment_id, enterprise_id::text, removed_at from rights.attachments
      where removed_at >= $1 and removed_at < $2`,
  },
  {
    id: 'breach_notices',
    zh: '安全事件通知的企业',
    en: 'Enterprises told of an incident',
    partOf: null,
    about: 'subjects',
    rows: `select incident_id as matter, enterprise_id::text as subject, told_at as at
      from rights.incident_notices where told_at >= $1 and told_at < $2`,
  },
  {
    id: 'breaches',
    zh: '个人信息安全事件',
    en: 'Incidents',
    partOf: null,
    about: 'node',
    rows: `select incident_id as matter, null::text as subject, opened_at as at
      from rights.incidents where opened_at >= $1 and opened_at < $2`,
  },
  {
    id: 'assessments',
    zh: '批准的影响评估',
    en: 'Impact assessments approved',
    partOf: null,
    about: 'node',
    rows: `select assessment_id as matter, null::text as subject, decided_at as at
      from rights.impact_assessments where state = 'approved' and decided_at >= $1 and decided_at < $2`,
  },
];
