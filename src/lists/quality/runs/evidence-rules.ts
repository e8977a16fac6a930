import { DEFECTS, type DefectCode } from '../../check/defects.ts';

/**
 * Which check of the evidence stands behind a defect of which code. `{field}` is the defect's field, `{rule}` its rule.
 * What is not named here is a value that could not be taken: `format.<field>`.
 */
const CHECK_OF: Readonly<Partial<Record<DefectCode, string>>> = {
  row_too_long: 'row.readable',
  nul_byte: 'row.readable',
  quote_not_closed: 'row.readable',
  bad_encoding: 'row.readable',
  not_json: 'row.readable',
  formula_without_value: 'row.readable',
  width_differs: 'row.width',
  subject_missing: 'subject.present',
  subject_code_too_long: 'subject.readable',
  subject_name_too_long: 'subject.readable',
  subject_not_listed: 'subject.listed',
  subject_checksum: 'subject.checksum',
  subject_id_card_shaped: 'subject.id_card_shaped',
  required_missing: 'required.{field}',
  uscc_checksum: 'checksum.{field}',
  rule_broken: '{rule}',
};

/**
 * Defect codes with the check and the dimension behind each, for SQL to join on. Codes that publication adds
 * (`key_conflict`) are not in it: they count as rows that contradict each other, not as failed checks.
 */
export function defectChecks(): { codes: string[]; checks: string[]; dimensions: string[] } {
  const entries = Object.entries(DEFECTS);
  return {
    codes: entries.map(([code]) => code),
    checks: entries.map(([code]) => checkOf(code)),
    dimensions: entries.map(([, { dimension }]) => dimension),
  };
}

function checkOf(code: string): string {
  const named: Readonly<Record<string, string>> = CHECK_OF;
  return named[code] ?? 'format.{field}';
}

/** Selects delivery_no, row_no, code, check_name and dimension of the deliveries' defects; $1 deliveries, $2 to $4 `defectChecks`. */
export const DEFECTS_WITH_CHECK = `
  select d.delivery_no, d.row_no, d.code, replace(replace(c.check_name, '{field}', d.field), '{rule}', d.rule) as check_name,
    case when d.code = 'rule_broken' then e.dimension else c.dimension end as dimension
  from lists.defects d
  join unnest($2::text[], $3::text[], $4::text[]) as c(code, check_name, dimension) on c.code = d.code
  left join lists.quality_evidence e on e.delivery_no = d.delivery_no and e.rule = d.rule and d.code = 'rule_broken'
  where d.delivery_no = any($1::bigint[])`;
