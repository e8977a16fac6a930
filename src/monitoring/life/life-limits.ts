/** Bounds of the life of alert rules, each with its reason; units are last in the names. */
export const RULE_LIFE_LIMITS = Object.freeze({
  /** Days that one back-test looks at: a year of weeks, and a few more. */
  backTestDaysMax: 60,
  /** Rules of one back-test, which is one walk for all of them. */
  backTestRulesMax: 100,
  /** Below so many warnings or bad cases a back-test says nothing about a rule. */
  warningsMin: 20,
  badCasesMin: 10,
  /** Within half a year of an alert a loan that it is about turns; what comes later has other causes. */
  horizonDays: 180,
  horizonDaysMax: 730,
  /** A rule is looked at once a week: alerts are counted by the week. */
  stepDays: 7,
  /** Days of alerts by which the precision at work is judged: half a year, since handling takes weeks. */
  precisionDays: 183,
  /** Alerts judged in that time, below which the share may be chance. */
  judgedMin: 20,
  /** Enterprises that a walk reads at a time. */
  pageEnterprises: 2_000,
  /** Open notices that a list shows. */
  noticesShown: 200,
});
