/** Bounds of alerts, each with its reason. */
export const ALERT_LIMITS = Object.freeze({
  /** Lines of one page of the inbox. */
  pageMax: 200,
  /** An answer is read by people; the schema of the table holds the same number. */
  answerCharactersMax: 500,
  /** Enough for a conversation; more than that is a matter for an objection. */
  answersMax: 20,
  /** Alerts that the hourly job moves in one transaction. */
  overduePerStep: 500,
  /** Alerts of one enterprise that it is shown at once, newest first. */
  ownMax: 500,
});
