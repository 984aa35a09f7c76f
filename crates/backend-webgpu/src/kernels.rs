//! The table of kernels: which file, which entry point, which variants there are.

use crate::device::Capabilities;

/// A kernel in one of its variants; what a pipeline is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kernel {
    /// Programs on single values.
    Pointwise {
        /// Four neighbors at once.
        is_by_fours: bool,
    },
    /// What is computed along rows.
    Rows { along: Along, shape: RowShape },
    /// The largest values of rows.
    Nucleus,
    /// Sums over an axis that is not the last.
    SumAxis,
    /// Ranges of axes.
    Windows {
        /// Four neighbors at once.
        is_by_fours: bool,
    },
    /// Rows and columns by number.
    Picks(Picked, Format),
    /// Matrix products.
    Product {
        tiles: Tiles,
        is_left_transposed: bool,
        is_right_transposed: bool,
        right: Format,
    },
}

/// What is computed along rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Along {
    Softmax,
    MaskedSoftmax,
    LogSoftmax,
    Normalize,
    LayerNorm,
    InverseDeviation,
    Sum,
    SoftmaxPullback,
    NormalizePullback,
}

/// What is done with rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Picked {
    PickRows,
    PlaceRows,
    PickColumns,
    PlaceColumns,
}

/// How a matrix product is cut into workgroups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tiles {
    /// 128 rows by 128 columns.
    Large,
    /// 64 by 64.
    Middle,
    /// 32 by 32.
    Small,
    /// Four rows, and a few columns.
    FewRows,
}

/// How values are kept on the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Format {
    F32,
    F16,
}

impl Format {
    pub(crate) fn bytes(self) -> usize {
        match self {
            Format::F32 => 4,
            Format::F16 => 2,
        }
    }
}

/// How rows are shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct RowShape {
    /// Threads for each row.
    pub(crate) n_threads: u32,
    /// Fours of a row's values that a thread holds; 0 if it reads them again each time.
    pub(crate) n_fours: u32,
}

impl RowShape {
    const ALL: [Self; 6] = [
        Self::new(8, 1),
        Self::new(32, 1),
        Self::new(32, 4),
        Self::new(64, 4),
        Self::new(256, 4),
        Self::new(256, 0),
    ];

    const fn new(n_threads: u32, n_fours: u32) -> Self {
        Self { n_threads, n_fours }
    }

    /// For rows of so many values.
    pub(crate) fn of(width: usize) -> Self {
        let mut shapes = Self::ALL.into_iter();
        let found = shapes.find(|shape| width <= 4 * (shape.n_threads * shape.n_fours) as usize);
        found.unwrap_or(Self::ALL[Self::ALL.len() - 1])
    }
}

/// Threads in a workgroup of every kernel but the small products.
pub(crate) const GROUP: usize = 256;

/// Browsers want to be told, naga does not know the words yet and needs none.
const ENABLE_SUBGROUPS: &str = if cfg!(target_arch = "wasm32") {
    "enable subgroups;\n"
} else {
    ""
};

impl Tiles {
    /// Rows and columns of a workgroup.
    pub(crate) fn side(self) -> usize {
        match self {
            Tiles::Large => 128,
            Tiles::Middle => 64,
            Tiles::Small => 32,
            Tiles::FewRows => 4,
        }
    }
}

impl Kernel {
    /// Every kernel in every variant.
    pub(crate) fn all() -> Vec<Kernel> {
        let mut all = vec![Kernel::Nucleus, Kernel::SumAxis];
        all.extend([true, false].map(|is_by_fours| Kernel::Windows { is_by_fours }));
        all.extend([true, false].map(|is_by_fours| Kernel::Pointwise { is_by_fours }));
        for along in [
            Along::Softmax,
            Along::MaskedSoftmax,
            Along::LogSoftmax,
            Along::Normalize,
            Along::LayerNorm,
            Along::InverseDeviation,
            Along::Sum,
            Along::SoftmaxPullback,
            Along::NormalizePullback,
        ] {
            all.extend(RowShape::ALL.map(|shape| Kernel::Rows { along, shape }));
        }
        for format in [Format::F32, Format::F16] {
            let picked = [
                Picked::PickRows,
                Picked::PlaceRows,
                Picked::PickColumns,
                Picked::PlaceColumns,
            ];
            all.extend(picked.map(|picked| Kernel::Picks(picked, format)));
            for tiles in [Tiles::Large, Tiles::Middle, Tiles::Small, Tiles::FewRows] {
                for (is_left_transposed, is_right_transposed) in
                    [(false, false), (false, true), (true, false)]
                {
                    all.push(Kernel::Product {
                        tiles,
                        is_left_transposed,
                        is_right_transposed,
                        right: format,
                    });
                }
            }
        }
        all
    }

    /// The function that runs.
    pub(crate) fn entry_point(self) -> &'static str {
        match self {
            Kernel::Pointwise { is_by_fours: true } => "by_fours",
            Kernel::Pointwise { is_by_fours: false } => "one_by_one",
            Kernel::Rows { along, .. } => match along {
                Along::Softmax => "softmax",
                Along::MaskedSoftmax => "masked_softmax",
                Along::LogSoftmax => "log_softmax",
                Along::Normalize => "normalize_rows",
                Along::LayerNorm => "layer_norm",
                Along::InverseDeviation => "inverse_deviation",
                Along::Sum => "sum_rows",
                Along::SoftmaxPullback => "softmax_pullback",
                Along::NormalizePullback => "normalize_pullback",
            },
            Kernel::Nucleus => "nucleus",
            Kernel::SumAxis => "sum_axis",
            Kernel::Windows { is_by_fours: true } => "windows_by_fours",
            Kernel::Windows { is_by_fours: false } => "windows",
            Kernel::Picks(picked, _) => match picked {
                Picked::PickRows => "pick_rows",
                Picked::PlaceRows => "place_rows",
                Picked::PickColumns => "pick_columns",
                Picked::PlaceColumns => "place_columns",
            },
            Kernel::Product {
                tiles,
                is_right_transposed,
                ..
            } => match (tiles, is_right_transposed) {
                (Tiles::Large, _) => "product_large_tiles",
                (Tiles::Middle | Tiles::Small, _) => "product_tiles",
                (Tiles::FewRows, true) => "along_sum",
                (Tiles::FewRows, false) => "along_columns",
            },
        }
    }

    /// How many buffers it reads; one more is written.
    pub(crate) fn n_inputs(self) -> usize {
        match self {
            Kernel::Pointwise { .. } | Kernel::Rows { .. } => 3,
            Kernel::Windows { .. } | Kernel::Picks(..) | Kernel::Product { .. } => 2,
            Kernel::Nucleus | Kernel::SumAxis => 1,
        }
    }

    /// Its source, with what the variant sets at the top.
    pub(crate) fn source(self, capabilities: Capabilities) -> String {
        let mut directives = String::new();
        let mut constants = String::new();
        let mut shared = vec![include_str!("kernels/shared/thread.wgsl")];
        let mut add_format = |format: Format| match format {
            Format::F32 => constants.push_str("alias Stored = f32;\n"),
            Format::F16 => {
                directives.push_str("enable f16;\n");
                constants.push_str("alias Stored = f16;\n");
            }
        };
        let mut n_row_threads = None;
        let file = match self {
            Kernel::Pointwise { .. } => include_str!("kernels/pointwise.wgsl"),
            Kernel::Rows { shape, .. } => {
                n_row_threads = Some(shape.n_threads);
                shared.push(include_str!("kernels/shared/rows.wgsl"));
                if shape.n_fours == 0 {
                    include_str!("kernels/long_rows.wgsl")
                } else {
                    let fours = format!("const N_FOURS: u32 = {}u;\n", shape.n_fours);
                    constants.push_str(&fours);
                    include_str!("kernels/rows.wgsl")
                }
            }
            Kernel::Nucleus => {
                n_row_threads = Some(256);
                include_str!("kernels/nucleus.wgsl")
            }
            Kernel::SumAxis => include_str!("kernels/sum.wgsl"),
            Kernel::Windows { .. } => include_str!("kernels/windows.wgsl"),
            Kernel::Picks(_, format) => {
                add_format(format);
                include_str!("kernels/picks.wgsl")
            }
            Kernel::Product {
                tiles,
                is_left_transposed,
                is_right_transposed,
                right,
            } => {
                add_format(right);
                shared.push(include_str!("kernels/shared/product.wgsl"));
                constants.push_str(&format!(
                    "const LEFT_IS_TRANSPOSED: bool = {is_left_transposed};\n\
                     const RIGHT_IS_TRANSPOSED: bool = {is_right_transposed};\n"
                ));
                match tiles {
                    Tiles::Large => include_str!("kernels/product_large_tiles.wgsl"),
                    Tiles::Middle | Tiles::Small => {
                        let n_threads = tiles.side() / 4;
                        constants.push_str(&format!("const SIDE: u32 = {n_threads}u;\n"));
                        include_str!("kernels/product_tiles.wgsl")
                    }
                    Tiles::FewRows => {
                        n_row_threads = Some(32);
                        include_str!("kernels/product_few_rows.wgsl")
                    }
                }
            }
        };
        if let Some(n_threads) = n_row_threads {
            constants.push_str(&format!("const ROW_THREADS: u32 = {n_threads}u;\n"));
            match capabilities.subgroup_threads {
                Some(n) => {
                    directives.push_str(ENABLE_SUBGROUPS);
                    constants.push_str(&format!("const SUBGROUP_THREADS: u32 = {n}u;\n"));
                    shared.push(include_str!("kernels/shared/reduce_by_subgroups.wgsl"));
                }
                None => shared.push(include_str!("kernels/shared/reduce.wgsl")),
            }
        }
        let parts = [directives, constants].into_iter();
        let shared = shared.into_iter().chain([file]).map(str::to_owned);
        parts.chain(shared).collect::<Vec<_>>().join("\n")
    }
}
