/** How fast the upload goes: over the last seconds, so that a change of the network shows. */

const WINDOW_MS = 15_000;
const LEAST_MS = 1_500;
const LEAST_STEP_MS = 200;

interface Sample {
  at: number;
  weight: number;
  count: number;
}

export class Pace {
  private samples: Sample[] = [];

  /** What is done in all by now. */
  note(at: number, weight: number, count: number): void {
    const last = this.samples.at(-1);
    if (last !== undefined && at - last.at < LEAST_STEP_MS && this.samples.length > 1) this.samples.pop();
    this.samples.push({ at, weight, count });
    while (this.samples.length > 2 && at - (this.samples[1]?.at ?? at) >= WINDOW_MS) this.samples.shift();
  }

  /** Forget the past: what follows a pause says nothing of the time before it. */
  restart(): void {
    this.samples = [];
  }

  /** Bytes and photos a second; null while too little is known. */
  rates(): { weight: number; count: number } | null {
    const first = this.samples[0];
    const last = this.samples.at(-1);
    if (first === undefined || last === undefined || last.at - first.at < LEAST_MS) return null;
    const seconds = (last.at - first.at) / 1000;
    return { weight: (last.weight - first.weight) / seconds, count: (last.count - first.count) / seconds };
  }

  /** Seconds until `weight` more is done; null while that cannot be told. */
  secondsFor(weight: number): number | null {
    const rates = this.rates();
    return rates === null || rates.weight <= 0 ? null : weight / rates.weight;
  }
}
