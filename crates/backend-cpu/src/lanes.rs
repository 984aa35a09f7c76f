//! Four numbers at a time: the browser's vectors in wasm, plain arrays elsewhere, so
//! that the same kernels are tested natively.

/// How many numbers a vector holds.
pub(crate) const N_LANES: usize = 4;

#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod vectors {
    use core::arch::wasm32 as simd;
    use core::arch::wasm32::v128;

    use super::N_LANES;

    /// Four numbers.
    #[derive(Clone, Copy)]
    pub(crate) struct Lanes(v128);

    impl Lanes {
        #[inline(always)]
        pub(crate) fn splat(value: f32) -> Self {
            Self(simd::f32x4_splat(value))
        }

        #[inline(always)]
        pub(crate) fn load(values: &[f32; N_LANES]) -> Self {
            Self(bytemuck::cast(*values))
        }

        #[inline(always)]
        pub(crate) fn store(self, values: &mut [f32; N_LANES]) {
            *values = bytemuck::cast(self.0);
        }

        #[inline(always)]
        pub(crate) fn add(self, other: Self) -> Self {
            Self(simd::f32x4_add(self.0, other.0))
        }

        #[cfg(not(feature = "relaxed-simd"))]
        #[inline(always)]
        fn multiply(self, other: Self) -> Self {
            Self(simd::f32x4_mul(self.0, other.0))
        }

        /// `self × other + sum`, rounded once or twice.
        #[cfg(feature = "relaxed-simd")]
        #[inline]
        #[target_feature(enable = "relaxed-simd")]
        pub(crate) fn multiply_add(self, other: Self, sum: Self) -> Self {
            Self(simd::f32x4_relaxed_madd(self.0, other.0, sum.0))
        }

        /// `self × other + sum`, rounded twice.
        #[cfg(not(feature = "relaxed-simd"))]
        #[inline(always)]
        pub(crate) fn multiply_add(self, other: Self, sum: Self) -> Self {
            self.multiply(other).add(sum)
        }

        /// The first lanes of four vectors, then the second, and so on.
        #[inline(always)]
        pub(crate) fn turned(of: [Self; 4]) -> [Self; 4] {
            let [a, b, c, d] = of.map(|lanes| lanes.0);
            let ab_low = simd::i32x4_shuffle::<0, 4, 1, 5>(a, b);
            let ab_high = simd::i32x4_shuffle::<2, 6, 3, 7>(a, b);
            let cd_low = simd::i32x4_shuffle::<0, 4, 1, 5>(c, d);
            let cd_high = simd::i32x4_shuffle::<2, 6, 3, 7>(c, d);
            [
                Self(simd::i32x4_shuffle::<0, 1, 4, 5>(ab_low, cd_low)),
                Self(simd::i32x4_shuffle::<2, 3, 6, 7>(ab_low, cd_low)),
                Self(simd::i32x4_shuffle::<0, 1, 4, 5>(ab_high, cd_high)),
                Self(simd::i32x4_shuffle::<2, 3, 6, 7>(ab_high, cd_high)),
            ]
        }
    }
}

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod vectors {
    use super::N_LANES;

    /// Four numbers.
    #[derive(Clone, Copy)]
    pub(crate) struct Lanes([f32; N_LANES]);

    impl Lanes {
        #[inline(always)]
        fn each(self, other: Self, of: impl Fn(f32, f32) -> f32) -> Self {
            Self(std::array::from_fn(|lane| of(self.0[lane], other.0[lane])))
        }

        #[inline(always)]
        pub(crate) fn splat(value: f32) -> Self {
            Self([value; N_LANES])
        }

        #[inline(always)]
        pub(crate) fn load(values: &[f32; N_LANES]) -> Self {
            Self(*values)
        }

        #[inline(always)]
        pub(crate) fn store(self, values: &mut [f32; N_LANES]) {
            *values = self.0;
        }

        #[inline(always)]
        pub(crate) fn add(self, other: Self) -> Self {
            self.each(other, |left, right| left + right)
        }

        #[inline(always)]
        fn multiply(self, other: Self) -> Self {
            self.each(other, |left, right| left * right)
        }

        #[inline(always)]
        pub(crate) fn multiply_add(self, other: Self, sum: Self) -> Self {
            self.multiply(other).add(sum)
        }

        #[inline(always)]
        pub(crate) fn turned(of: [Self; 4]) -> [Self; 4] {
            std::array::from_fn(|lane| Self(of.map(|lanes| lanes.0[lane])))
        }
    }
}

pub(crate) use vectors::Lanes;

impl Lanes {
    /// The sums of four vectors, one in each lane.
    #[inline(always)]
    pub(crate) fn sums(of: [Self; 4]) -> Self {
        let [first, second, third, fourth] = Self::turned(of);
        first.add(third).add(second.add(fourth))
    }

    /// Adds to as many values as there are, at most four.
    #[inline(always)]
    pub(crate) fn add_to(self, values: &mut [f32]) {
        if let ([values], _) = values.as_chunks_mut() {
            return Self::load(values).add(self).store(values);
        }
        let mut own = [0.0; N_LANES];
        self.store(&mut own);
        for (value, own) in values.iter_mut().zip(own) {
            *value += own;
        }
    }
}
