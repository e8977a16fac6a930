/**
 * Standard error of an AUC over so many goods and bads, by Hanley and McNeil (1982): the exponential approximation, which
 * needs nothing but the three numbers.
 */
export function aucErrorOf(auc: number, { goods, bads }: { goods: number; bads: number }): number {
  const q1 = auc / (2 - auc);
  const q2 = (2 * auc * auc) / (1 + auc);
  const spread = auc * (1 - auc) + (bads - 1) * (q1 - auc * auc) + (goods - 1) * (q2 - auc * auc);
  return Math.sqrt(spread / (goods * bads));
}
