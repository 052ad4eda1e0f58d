//! Where a code may be, from an overview of the picture: blocks full of edges that all run one way are the stripes of a linear
//! code, blocks full of edges any way may be a code of two dimensions.
//!
//! The way that stripes run comes from the structure tensor of the block (Bigün and Granlund, 1987): its larger eigenvalue's
//! direction crosses the stripes, and its eigenvalues' contrast says how much they agree.

use image::GrayImage;

/// Side of a block, pixels of the overview.
const BLOCK: usize = 8;
/// Least mean of the squared gradient for a block to count as full of edges.
const ENERGY_MIN: f32 = 80.0;
/// Least agreement of the edges' direction in a block of stripes, 0 to 1.
const COHERENCE_MIN: f32 = 0.6;
/// How far two neighbouring blocks' directions may differ: the cosine of twice the angle, here 15°.
const ALIKE_MIN: f32 = 0.866;
/// Fewest blocks across and along the stripes of a linear code.
const ACROSS_MIN: f32 = 4.0;
/// Fewest blocks of a place.
const BLOCKS_MIN: usize = 5;
/// Most places of either sort.
const STRIPED_MAX: usize = 8;
const BUSY_MAX: usize = 4;

/// A rectangle in pixels of the overview, turned about its middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// The middle.
    pub(super) x: f32,
    pub(super) y: f32,
    /// Direction across the stripes, radians.
    pub(super) angle: f32,
    /// Half the length across the stripes and along them, the margin included.
    pub(super) across: f32,
    pub(super) along: f32,
}

/// The places of a picture, the most telling first.
pub(super) struct Places {
    pub(super) striped: Vec<Place>,
    pub(super) busy: Vec<Place>,
}

/// The edges of a block: its energy a pixel and, as a vector, twice the angle across them times how far they agree.
#[derive(Clone, Copy, Default)]
struct Block {
    energy: f32,
    double: (f32, f32),
}

impl Block {
    fn coherence(self) -> f32 {
        self.double.0.hypot(self.double.1)
    }

    fn is_striped(self) -> bool {
        self.energy >= ENERGY_MIN && self.coherence() >= COHERENCE_MIN
    }

    fn is_alike(self, other: Self) -> bool {
        let dot = self.double.0 * other.double.0 + self.double.1 * other.double.1;
        dot >= ALIKE_MIN * self.coherence() * other.coherence()
    }
}

impl Places {
    pub(super) fn find(overview: &GrayImage) -> Self {
        let grid = Grid::of(overview);
        let mut striped = grid.clusters(Block::is_striped, Block::is_alike, |cluster| grid.striped(cluster));
        let mut busy = grid.clusters(|block| block.energy >= ENERGY_MIN, |_, _| true, |cluster| grid.busy(cluster));
        for (places, most) in [(&mut striped, STRIPED_MAX), (&mut busy, BUSY_MAX)] {
            places.sort_by(|(a, _), (b, _)| b.total_cmp(a));
            places.truncate(most);
        }
        let bare = |places: Vec<(f32, Place)>| places.into_iter().map(|(_, place)| place).collect();
        Self {
            striped: bare(striped),
            busy: bare(busy),
        }
    }
}

struct Grid {
    columns: usize,
    rows: usize,
    blocks: Vec<Block>,
}

impl Grid {
    fn of(overview: &GrayImage) -> Self {
        let (width, height) = (overview.width() as usize, overview.height() as usize);
        let (columns, rows) = (width / BLOCK, height / BLOCK);
        let pixels = overview.as_raw();
        let blocks = (0..columns * rows).map(|at| {
            let (left, top) = (at % columns * BLOCK, at / columns * BLOCK);
            let (mut xx, mut yy, mut xy) = (0_i64, 0_i64, 0_i64);
            for y in top.max(1)..(top + BLOCK).min(height - 1) {
                for x in left.max(1)..(left + BLOCK).min(width - 1) {
                    let value = |x: usize, y: usize| i64::from(pixels[y * width + x]);
                    let (dx, dy) = (value(x + 1, y) - value(x - 1, y), value(x, y + 1) - value(x, y - 1));
                    xx += dx * dx;
                    yy += dy * dy;
                    xy += dx * dy;
                }
            }
            let (xx, yy, xy) = (xx as f32, yy as f32, xy as f32);
            let all = xx + yy;
            Block {
                energy: all / (BLOCK * BLOCK) as f32,
                double: if all > 0.0 {
                    ((xx - yy) / all, 2.0 * xy / all)
                } else {
                    (0.0, 0.0)
                },
            }
        });
        Self {
            columns,
            rows,
            blocks: blocks.collect(),
        }
    }

    /// Blocks that hang together: each wanted, and like the neighbour it was reached from.
    fn clusters(
        &self,
        wanted: impl Fn(Block) -> bool,
        alike: impl Fn(Block, Block) -> bool,
        place: impl Fn(&[usize]) -> Option<(f32, Place)>,
    ) -> Vec<(f32, Place)> {
        let mut seen: Vec<bool> = self.blocks.iter().map(|block| !wanted(*block)).collect();
        let mut places = Vec::new();
        for start in 0..self.blocks.len() {
            if seen[start] {
                continue;
            }
            seen[start] = true;
            let mut cluster = vec![start];
            let mut next = 0;
            while let Some(&at) = cluster.get(next) {
                next += 1;
                for neighbour in self.neighbours(at) {
                    if !seen[neighbour] && alike(self.blocks[at], self.blocks[neighbour]) {
                        seen[neighbour] = true;
                        cluster.push(neighbour);
                    }
                }
            }
            if cluster.len() >= BLOCKS_MIN {
                places.extend(place(&cluster));
            }
        }
        places
    }

    fn neighbours(&self, at: usize) -> impl Iterator<Item = usize> + use<'_> {
        let (column, row) = (at % self.columns, at / self.columns);
        let rows = row.saturating_sub(1)..(row + 2).min(self.rows);
        rows.flat_map(move |row| {
            let columns = column.saturating_sub(1)..(column + 2).min(self.columns);
            columns.map(move |column| row * self.columns + column)
        })
    }

    fn middle(&self, at: usize) -> (f32, f32) {
        let middle = |block: usize| (block * BLOCK + BLOCK / 2) as f32;
        (middle(at % self.columns), middle(at / self.columns))
    }

    /// The rectangle about a cluster, turned so that its first side runs at an angle.
    fn around(&self, cluster: &[usize], angle: f32) -> Place {
        let (sin, cos) = angle.sin_cos();
        let (mut low, mut high) = ((f32::MAX, f32::MAX), (f32::MIN, f32::MIN));
        for &at in cluster {
            let (x, y) = self.middle(at);
            let (across, along) = (x * cos + y * sin, y * cos - x * sin);
            low = (low.0.min(across), low.1.min(along));
            high = (high.0.max(across), high.1.max(along));
        }
        let (across, along) = ((low.0 + high.0) / 2.0, (low.1 + high.1) / 2.0);
        let half = BLOCK as f32 / 2.0;
        Place {
            x: across * cos - along * sin,
            y: across * sin + along * cos,
            angle,
            across: (high.0 - low.0) / 2.0 + half,
            along: (high.1 - low.1) / 2.0 + half,
        }
    }

    /// A place of stripes, with the quiet zones that belong to a linear code.
    fn striped(&self, cluster: &[usize]) -> Option<(f32, Place)> {
        let (mut x, mut y, mut energy) = (0.0, 0.0, 0.0);
        for &at in cluster {
            let block = self.blocks[at];
            x += block.double.0 * block.energy;
            y += block.double.1 * block.energy;
            energy += block.energy;
        }
        let place = self.around(cluster, y.atan2(x) / 2.0);
        let block = BLOCK as f32;
        if place.across * 2.0 < ACROSS_MIN * block {
            return None;
        }
        // An edge of a table is long and thin: stripes fill their rectangle.
        let filled = cluster.len() as f32 * block * block / (4.0 * place.across * place.along);
        (filled >= 0.3).then(|| {
            let across = place.across * 1.15 + 2.0 * block;
            (energy * filled, Place { across, ..place })
        })
    }

    /// A place of edges, level.
    fn busy(&self, cluster: &[usize]) -> Option<(f32, Place)> {
        let place = self.around(cluster, 0.0);
        let block = BLOCK as f32;
        let energy: f32 = cluster.iter().map(|&at| self.blocks[at].energy).sum();
        let narrow = place.across.min(place.along) * 2.0 < 2.5 * block;
        (!narrow).then(|| {
            let wider = |half: f32| half * 1.1 + block;
            let place = Place {
                across: wider(place.across),
                along: wider(place.along),
                ..place
            };
            (energy, place)
        })
    }
}
