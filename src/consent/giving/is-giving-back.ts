/**
 * 逆向共享 (article 11): an enterprise lets an institution give the node the data that this institution has of it. The consent
 * is one like any other, but for its purpose: nobody reads by it.
 */
export function isGivingBack(purpose: string): boolean {
  return purpose === 'give_back';
}
