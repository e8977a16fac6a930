/**
 * When every limit of every profile ends that begins on Thursday 24 September 2026, counted on the State Council's calendar of
 * that year by hand. 25 to 27 September are Mid-Autumn, 1 to 7 October National Day, Saturday 10 October is worked. Working days
 * that follow: 28, 29, 30 September; 8, 9, 10, 12, 13, 14, 15, 16, 19, 20, 21, 22, 23, 26, 27, 28, 29, 30 October; 2 November.
 */
export const BEGUN_ON = '2026-09-24';

/** How long, its last day, and its last day once extended. */
type Row = readonly [length: string, dueOn: string, extendedDueOn?: string];

export const DUE_DAYS: Readonly<Record<string, Readonly<Record<string, Row>>>> = {
  beijing: {
    mark: ['0 days', '2026-09-24'],
    own_check: ['1 working days', '2026-09-28'],
    own_decision: ['5 working days', '2026-10-09'],
    forward: ['2 working days', '2026-09-29'],
    provider_decision: ['5 working days', '2026-10-09', '2026-10-13'],
    provider_correction: ['2 working days', '2026-09-29'],
    all_in: ['20 days', '2026-10-14'],
    review: ['5 working days', '2026-10-09', '2026-10-29'],
    agency_mark: ['1 working days', '2026-09-28'],
    agency_decision: ['7 working days', '2026-10-12'],
    annulled_removal: ['3 working days', '2026-09-30'],
    repair_acceptance: ['3 working days', '2026-09-30'],
    repair_forward: ['1 working days', '2026-09-28'],
    repair_decision: ['7 working days', '2026-10-12', '2026-10-21'],
    repair_sync: ['3 working days', '2026-09-30'],
    recall_acknowledgement: ['3 working days', '2026-09-30'],
    complaint_answer: ['30 days', '2026-10-24'],
    person_answer: ['15 working days', '2026-10-22'],
    breach_regulators: ['0 days', '2026-09-24'],
    breach_persons: ['3 working days', '2026-09-30'],
  },
  henan: {
    mark: ['0 days', '2026-09-24'],
    own_decision: ['3 working days', '2026-09-30'],
    provider_decision: ['3 working days', '2026-09-30'],
    all_in: ['7 working days', '2026-10-12'],
    annulled_removal: ['1 working days', '2026-09-28'],
    repair_sync: ['1 working days', '2026-09-28'],
    breach_regulators: ['0 days', '2026-09-24'],
  },
  national: {
    mark: ['0 days', '2026-09-24'],
    own_decision: ['20 days', '2026-10-14'],
    provider_decision: ['20 days', '2026-10-14'],
    all_in: ['20 days', '2026-10-14'],
    complaint_answer: ['30 days', '2026-10-24'],
    breach_regulators: ['0 days', '2026-09-24'],
  },
  shanghai: {
    mark: ['1 working days', '2026-09-28'],
    own_decision: ['5 working days', '2026-10-09'],
    forward: ['2 working days', '2026-09-29'],
    provider_decision: ['5 working days', '2026-10-09'],
    agency_mark: ['1 working days', '2026-09-28'],
    agency_decision: ['7 working days', '2026-10-12'],
    annulled_removal: ['3 working days', '2026-09-30'],
    repair_sync: ['3 working days', '2026-09-30'],
    breach_regulators: ['0 days', '2026-09-24'],
  },
  shenzhen: {
    mark: ['0 days', '2026-09-24'],
    own_check: ['1 working days', '2026-09-28'],
    own_decision: ['0 days', '2026-09-24'],
    forward: ['0 days', '2026-09-24'],
    provider_decision: ['2 working days', '2026-09-29', '2026-10-09'],
    repair_decision: ['3 working days', '2026-09-30', '2026-10-10'],
    breach_regulators: ['0 days', '2026-09-24'],
  },
  taizhou: {
    mark: ['0 days', '2026-09-24'],
    own_check: ['0 days', '2026-09-24'],
    own_decision: ['2 working days', '2026-09-29'],
    forward: ['2 working days', '2026-09-29'],
    provider_decision: ['5 working days', '2026-10-09'],
    provider_correction: ['2 working days', '2026-09-29'],
    repair_sync: ['0 days', '2026-09-24'],
    breach_regulators: ['0 days', '2026-09-24'],
  },
  zhejiang: {
    all_in: ['5 working days', '2026-10-09', '2026-10-29'],
    review: ['5 working days', '2026-10-09', '2026-10-29'],
    breach_regulators: ['0 days', '2026-09-24'],
  },
};
