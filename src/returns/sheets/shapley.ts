/** What each player adds to the worth of all, with the standard error where it was drawn; 0 where it is exact. */
export type Share = { readonly player: number; readonly value: number; readonly standardError: number };

/** The worth of a coalition, given as a mask of players: bit `n` is player `n`. */
export type Worth = (coalition: number) => number;

/** Shapley values over every coalition: exact, 2^players worths. For at most 14 players. */
export function shapleyExact(players: number, worth: Worth): Share[] {
  const worths = Float64Array.from({ length: 1 << players }, (_, coalition) => worth(coalition));
  const weights = Array.from({ length: players }, (_, size) => weightOf(size, players));
  return Array.from({ length: players }, (_, player) => {
    const bit = 1 << player;
    let value = 0;
    for (let coalition = 0; coalition < worths.length; coalition += 1) {
      if ((coalition & bit) !== 0) continue;
      const gain = (worths[coalition | bit] ?? 0) - (worths[coalition] ?? 0);
      value += (weights[bitsIn(coalition)] ?? 0) * gain;
    }
    return { player, value, standardError: 0 };
  });
}

/**
 * Shapley values over drawn orders (Castro, Gómez, Tejada 2009): the mean of what each player adds when it comes. They sum
 * to the worth of all less that of none, whatever is drawn. For at most 30 players.
 */
export function shapleyDrawn(
  players: number,
  worth: Worth,
  { permutations, random }: { permutations: number; random: () => number },
): Share[] {
  const [sums, squares] = [new Float64Array(players), new Float64Array(players)];
  const none = worth(0);
  for (let drawn = 0; drawn < permutations; drawn += 1) {
    let [coalition, before] = [0, none];
    for (const player of orderOf(players, random)) {
      coalition |= 1 << player;
      const now = worth(coalition);
      sums[player] = (sums[player] ?? 0) + (now - before);
      squares[player] = (squares[player] ?? 0) + (now - before) ** 2;
      before = now;
    }
  }
  return Array.from({ length: players }, (_, player) => {
    const value = (sums[player] ?? 0) / permutations;
    const variance = Math.max(0, (squares[player] ?? 0) / permutations - value ** 2);
    return { player, value, standardError: Math.sqrt(variance / (permutations - 1)) };
  });
}

/**
 * Shapley values where the worth of a coalition is the variance of the sum of its parts: the covariance of each part with
 * the whole, in closed form, since var(S) is the sum of covariances within S and each pair is shared in halves.
 */
export function shapleyOfVariance(parts: readonly Float64Array[]): Share[] {
  const length = parts[0]?.length ?? 0;
  const whole = new Float64Array(length);
  for (const part of parts)
    for (let row = 0; row < length; row += 1) whole[row] = (whole[row] ?? 0) + (part[row] ?? 0);
  return parts.map((part, player) => ({ player, value: covariance(part, whole), standardError: 0 }));
}

/** Share of pairs of one good and one bad in which the good has the higher score; equals count half. */
export function aucOf(scores: Float64Array, isBad: readonly boolean[]): number {
  const rows = Uint32Array.from(scores.keys()).sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
  let [goods, bads, won] = [0, 0, 0];
  for (let at = 0; at < rows.length; ) {
    const score = scores[rows[at] ?? 0] ?? 0;
    let [good, bad] = [0, 0];
    for (; at < rows.length && scores[rows[at] ?? 0] === score; at += 1) {
      if (isBad[rows[at] ?? 0] === true) bad += 1;
      else good += 1;
    }
    won += good * (bads + bad / 2);
    goods += good;
    bads += bad;
  }
  return won / (goods * bads);
}

function covariance(one: Float64Array, other: Float64Array): number {
  const n = one.length;
  if (n < 2) return 0;
  const [meanOne, meanOther] = [meanOf(one), meanOf(other)];
  let sum = 0;
  for (let row = 0; row < n; row += 1) sum += ((one[row] ?? 0) - meanOne) * ((other[row] ?? 0) - meanOther);
  return sum / (n - 1);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** |S|! (n - |S| - 1)! / n!, without factorials that lose digits. */
function weightOf(size: number, players: number): number {
  let choices = 1;
  for (let n = 0; n < size; n += 1) choices = (choices * (players - 1 - n)) / (n + 1);
  return 1 / (players * choices);
}

function bitsIn(coalition: number): number {
  let bits = 0;
  for (let rest = coalition; rest !== 0; rest &= rest - 1) bits += 1;
  return bits;
}

function orderOf(players: number, random: () => number): number[] {
  const order = Array.from({ length: players }, (_, player) => player);
  for (let last = players - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}
