import { loadKernels, plainKernel, type DistanceKernel } from "./distance-kernel.js";
import { squaredDistance } from "./distance.js";

interface LabelledKernel {
  readonly label: string;
  readonly kernel: DistanceKernel;
}

const { simd } = await loadKernels();

/** The kernels that serve on this machine: where the platform has no prebuilt library, the plain one alone. */
export const servingKernels: LabelledKernel[] = [
  { label: "plain", kernel: plainKernel },
  ...(simd === undefined ? [] : [{ label: "simd", kernel: simd }]),
];

/** All the arithmetic in 32-bit floats, in order, subnormals flushed to zero: the least that a kernel may do. */
const crudeKernel: DistanceKernel = {
  name: "plain",
  squaredDistances: (query, rows, shape) =>
    Float32Array.from({ length: rows.length / shape }, (_, row) => {
      let sum = 0;
      for (let place = 0; place < shape; place++) {
        const difference = flushed(flushed(rows[row * shape + place]!) - flushed(query[place]!));
        sum = flushed(sum + flushed(difference * difference));
      }
      return sum;
    }),
};

function flushed(number: number): number {
  const float = Math.fround(number);
  return Math.abs(float) < 2 ** -126 ? 0 : float;
}

/** Errs as far as the bound lets it, upwards and downwards by turns. */
const wobblyKernel: DistanceKernel = {
  name: "plain",
  squaredDistances: (query, rows, shape) => {
    const relative = ((shape + 8) * 2 ** -24) / (1 - (shape + 8) * 2 ** -24);
    return Float32Array.from({ length: rows.length / shape }, (_, row) => {
      const exact = squaredDistance(query, rows, row * shape);
      return row % 2 === 0 ? roundedDown(exact * (1 + relative)) : -roundedDown(-exact * (1 - relative));
    });
  },
};

/** The largest 32-bit float that is not above a number. */
function roundedDown(number: number): number {
  const float = Math.fround(number);
  if (!(float > number) || !Number.isFinite(float)) return float;
  const bits = new Int32Array(Float32Array.of(float).buffer);
  bits[0]! += float > 0 ? -1 : 1;
  return new Float32Array(bits.buffer)[0]!;
}

/** Knows nothing of two rows in three, as where an overflow met another. */
const blindKernel: DistanceKernel = {
  name: "plain",
  squaredDistances: (query, rows, shape) =>
    wobblyKernel.squaredDistances(query, rows, shape).map((distance, row) => (row % 3 === 0 ? distance : Number.NaN)),
};

/** Adds shortlists to a kernel. Of equal distances they take the last rows, which no rule forbids. */
export function withShortlists(kernel: DistanceKernel): DistanceKernel {
  return {
    ...kernel,
    smallest: (query, rows, shape, count) => {
      const all = [...kernel.squaredDistances(query, rows, shape).entries()];
      const sorted = all
        .toSorted(([a, near], [b, far]) => (near === far ? b - a : near < far ? -1 : 1))
        .slice(0, count);
      return {
        places: BigUint64Array.from(sorted, ([place]) => BigInt(place)),
        distances: Float32Array.from(sorted, ([, distance]) => distance),
      };
    },
  };
}

/** Kernels as bad as they may be. */
export const poorKernels: LabelledKernel[] = [
  { label: "crude", kernel: crudeKernel },
  { label: "crude, with shortlists,", kernel: withShortlists(crudeKernel) },
  { label: "wobbly", kernel: wobblyKernel },
  { label: "wobbly, with shortlists,", kernel: withShortlists(wobblyKernel) },
  { label: "blind", kernel: blindKernel },
];
