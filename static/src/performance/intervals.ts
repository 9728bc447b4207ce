/** Precision, recall and F1 with 95% intervals, from sums over images: training/statistics/ratios.py, in the browser. */

/**
 * Sums over images of the right, false and missed answers of each, then of their squares and products:
 * right, false, missed, right², false², missed², right·false, right·missed, false·missed.
 */
export type Sums = readonly number[];

export interface Share {
  value: number;
  /** 95% interval; null where nothing was counted. */
  interval: [number, number] | null;
}

const Z_95 = 1.959964;

/** Student's t at 97.5% for 1 to 10 degrees of freedom; beyond, an expansion around the normal one. */
const T_95 = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.306, 2.2622, 2.2281];

/** Sums where no image has more than one answer or label: a tag of a classifier. */
export function oneEach(right: number, wrong: number, missed: number): Sums {
  return [right, wrong, missed, right, wrong, missed, 0, 0, 0];
}

export function precisionOf(sums: Sums): Share {
  const [right = 0, wrong = 0, , rightRight = 0, wrongWrong = 0, , rightWrong = 0] = sums;
  return share(right + wrong, wrong, rightRight + 2 * rightWrong + wrongWrong, wrongWrong, rightWrong + wrongWrong);
}

export function recallOf(sums: Sums): Share {
  const [right = 0, , missed = 0, rightRight = 0, , missedMissed = 0, , rightMissed = 0] = sums;
  return share(
    right + missed,
    missed,
    rightRight + 2 * rightMissed + missedMissed,
    missedMissed,
    rightMissed + missedMissed,
  );
}

export function f1Of(sums: Sums): Share {
  const [right = 0, wrong = 0, missed = 0, rightRight = 0, wrongWrong = 0, missedMissed = 0] = sums;
  const [, , , , , , rightWrong = 0, rightMissed = 0, wrongMissed = 0] = sums;
  const badSquared = wrongWrong + missedMissed + 2 * wrongMissed;
  const product = rightWrong + rightMissed;
  const { value, interval } = share(
    right + wrong + missed,
    wrong + missed,
    rightRight + 2 * product + badSquared,
    badSquared,
    product + badSquared,
  );
  return { value: harmonic(value), interval: interval && [harmonic(interval[0]), harmonic(interval[1])] };
}

/** F1 from the share of right ones among right, false and missed. */
const harmonic = (right: number): number => (2 * right) / (1 + right);

/** How many of the cases are right: sums of cases and of wrong ones, of their squares, and of their product. */
function share(cases: number, wrong: number, casesSquared: number, wrongSquared: number, product: number): Share {
  if (cases === 0) return { value: 0, interval: null };
  const rate = wrong / cases;
  const carriers = cases ** 2 / casesSquared;
  const isOneEach = casesSquared <= cases;
  let independent = isOneEach ? cases : carriers;
  if (rate > 0 && rate < 1 && !isOneEach) {
    const spread = wrongSquared - 2 * rate * product + rate ** 2 * casesSquared;
    // Images that all say the same would claim to know without end.
    independent = (rate * (1 - rate)) / Math.max(spread / cases ** 2, (rate * (1 - rate)) / (2 * cases));
  }
  const ofWrong = wrongSquared ? wrong ** 2 / wrongSquared : 0;
  const z = isOneEach ? Z_95 : student95(Math.min(carriers, 5 + 2 * ofWrong));
  return { value: 1 - rate, interval: wilson(1 - rate, independent, z) };
}

/** Wilson's score interval of a share of so many cases. */
export function wilson(value: number, cases: number, z = Z_95): [number, number] {
  const spread = z ** 2 / cases;
  const middle = (value + spread / 2) / (1 + spread);
  const half = (z * Math.sqrt((value * (1 - value)) / cases + spread / (4 * cases))) / (1 + spread);
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

/** Student's t at 97.5%, for degrees of freedom from 1 up that need not be whole (Abramowitz and Stegun, 26.7.5). */
function student95(freedom: number): number {
  if (freedom < T_95.length) {
    const lower = Math.max(1, Math.floor(freedom));
    const [low = 0, high = 0] = T_95.slice(lower - 1);
    const place = (1 / lower - 1 / Math.max(1, freedom)) / (1 / lower - 1 / (lower + 1));
    return low + place * (high - low);
  }
  const z = Z_95;
  return (
    z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  );
}
