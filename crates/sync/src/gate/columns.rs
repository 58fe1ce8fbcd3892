//! Columns: how many rows a run-length encoded column stands for, counted without expanding a run.
//!
//! A few bytes can stand for 2^63 rows, so runs are added up against a limit and nothing is stored. Reads from a slice
//! or from an inflater alike. The one rule: what is counted is what Automerge would expand.
//!
//! Source: <https://automerge.org/automerge-binary-format-spec/>, "Columns" and "Column compression".

use std::io::BufRead;

use adjutant_base::limits;

use super::GateError;
use super::cursor::{Cursor, read_signed, read_unsigned};

/// The bit of a specification that says that the column is deflated.
const DEFLATED: u32 = 0b1000;

/// The action column of a change's or document's operations: one row an operation.
pub(super) const ACTION: u32 = (4 << 4) | INTEGER;
/// The actor column of a document's changes: one row a change.
pub(super) const CHANGE_ACTOR: u32 = ACTOR;

const GROUP: u32 = 0;
const ACTOR: u32 = 1;
const INTEGER: u32 = 2;
const DELTA: u32 = 3;
const BOOLEAN: u32 = 4;
const TEXT: u32 = 5;
const VALUE_METADATA: u32 = 6;
const VALUE: u32 = 7;

/// One column as the chunk describes it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Column {
    /// Id and type, without the deflate bit.
    pub(super) specification: u32,
    pub(super) is_deflated: bool,
    pub(super) length: usize,
}

impl Column {
    fn kind(self) -> u32 {
        self.specification & 0b111
    }

    fn id(self) -> u32 {
        self.specification >> 4
    }
}

/// How much the rows of a set of columns may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Rows of each column.
    pub(super) rows: u64,
    /// Rows of all groups together: predecessors, successors or dependencies.
    pub(super) grouped: u64,
}

/// Reads the description of columns and their total length.
pub(super) fn read_layout(cursor: &mut Cursor<'_>) -> Result<(Vec<Column>, usize), GateError> {
    let count = cursor.count("columns", limits::COLUMNS)?;
    let mut columns: Vec<Column> = Vec::with_capacity(count);
    let mut total = 0_usize;
    for _ in 0..count {
        let raw = cursor.number32("a column's specification")?;
        let length = cursor.number("a column's length")?;
        let length = usize::try_from(length)
            .map_err(|_too_large| GateError::Truncated { what: "a column" })?;
        let column = Column {
            specification: raw & !DEFLATED,
            is_deflated: raw & DEFLATED != 0,
            length,
        };
        if columns
            .last()
            .is_some_and(|last| last.specification >= column.specification)
        {
            return Err(GateError::Columns {
                what: "doubled or out of order",
            });
        }
        total = total
            .checked_add(length)
            .ok_or(GateError::Truncated { what: "a column" })?;
        columns.push(column);
    }
    Ok((columns, total))
}

/// Adds up the rows of one column after another.
#[derive(Debug)]
pub(super) struct Counter {
    room: Room,
    grouped: u64,
    text_bytes: u64,
    /// The value metadata column just read: its id and how many bytes its values take together.
    values: Option<(u32, u64)>,
    /// Rows of the last group, by its id.
    group: Option<(u32, u64)>,
}

impl Counter {
    pub(super) fn new(room: Room) -> Self {
        Self {
            room,
            grouped: 0,
            text_bytes: 0,
            values: None,
            group: None,
        }
    }

    /// Returns the rows of the next column. `data` yields the inflated column and nothing more.
    pub(super) fn count(
        &mut self,
        column: Column,
        data: &mut impl BufRead,
    ) -> Result<u64, GateError> {
        let mut source = Source { data };
        if column.kind() == VALUE {
            return self.count_values(column, &mut source);
        }
        self.finish_values()?;
        let limit = self.limit_of(column);
        let runs = Runs {
            source: &mut source,
            limit,
            rows: 0,
        };
        match column.kind() {
            GROUP => {
                let (rows, grouped) = runs.sum(|value| value)?;
                self.grouped = self.grouped.saturating_add(grouped);
                GateError::check("grouped rows", self.grouped, self.room.grouped)?;
                self.group = Some((column.id(), grouped));
                Ok(rows)
            }
            ACTOR | INTEGER => Ok(runs.sum(|_value| 0)?.0),
            DELTA => runs.deltas(),
            BOOLEAN => runs.booleans(),
            TEXT => {
                let (rows, bytes) = runs.texts()?;
                self.text_bytes = self.text_bytes.saturating_add(bytes);
                GateError::check(
                    "bytes of keys",
                    self.text_bytes,
                    limits::EXPANDED_TEXT_BYTES,
                )?;
                Ok(rows)
            }
            VALUE_METADATA => {
                // The low four bits are the type, the others the length.
                let (rows, bytes) = runs.sum(|value| value >> 4)?;
                self.values = Some((column.id(), bytes));
                Ok(rows)
            }
            _ => Err(GateError::Columns {
                what: "an unknown type",
            }),
        }
    }

    /// Says that no more columns follow.
    pub(super) fn finish(mut self) -> Result<(), GateError> {
        self.finish_values()
    }

    fn limit_of(&self, column: Column) -> u64 {
        match self.group {
            // Members of a group have as many rows as the group says.
            Some((id, rows)) if id == column.id() && column.kind() != GROUP => rows,
            _ => self.room.rows,
        }
    }

    fn count_values(
        &mut self,
        column: Column,
        source: &mut Source<'_, impl BufRead>,
    ) -> Result<u64, GateError> {
        let described = self.values.take().filter(|(id, _)| *id == column.id());
        let Some((_, expected)) = described else {
            return Err(GateError::Columns {
                what: "values without their metadata",
            });
        };
        source.skip(expected, "values")?;
        if source.is_at_end()? {
            Ok(0)
        } else {
            Err(GateError::Columns {
                what: "more values than their metadata says",
            })
        }
    }

    /// Values that take bytes must be followed by those bytes.
    fn finish_values(&mut self) -> Result<(), GateError> {
        match self.values.take() {
            Some((_, bytes)) if bytes > 0 => Err(GateError::Truncated { what: "values" }),
            _ => Ok(()),
        }
    }
}

/// The runs of one column.
struct Runs<'s, 'd, R> {
    source: &'s mut Source<'d, R>,
    limit: u64,
    rows: u64,
}

/// What a run repeats.
enum Run {
    /// One value, so many times.
    Same(u64),
    /// So many values, one after another.
    Each(u64),
    /// Nothing, so many times.
    Absent,
}

impl<R: BufRead> Runs<'_, '_, R> {
    fn add(&mut self, rows: u64) -> Result<(), GateError> {
        if rows == 0 {
            return Err(GateError::Columns {
                what: "a run of no rows",
            });
        }
        self.rows = self.rows.saturating_add(rows);
        GateError::check("rows of a column", self.rows, self.limit)
    }

    fn next(&mut self) -> Result<Option<Run>, GateError> {
        if self.source.is_at_end()? {
            return Ok(None);
        }
        let head = self.source.signed("the length of a run")?;
        let rows = head.unsigned_abs();
        let run = match head {
            0 => {
                let rows = self.source.number("the length of a run")?;
                self.add(rows)?;
                return Ok(Some(Run::Absent));
            }
            1.. => Run::Same(rows),
            _ => Run::Each(rows),
        };
        self.add(rows)?;
        Ok(Some(run))
    }

    /// Returns the rows of a column of unsigned numbers, and the sum of `part` over all of them.
    fn sum(mut self, part: impl Fn(u64) -> u64) -> Result<(u64, u64), GateError> {
        let mut sum = 0_u64;
        while let Some(run) = self.next()? {
            match run {
                Run::Same(times) => {
                    let value = part(self.source.number("a value")?);
                    sum = sum.saturating_add(value.saturating_mul(times));
                }
                Run::Each(count) => {
                    for _ in 0..count {
                        sum = sum.saturating_add(part(self.source.number("a value")?));
                    }
                }
                Run::Absent => {}
            }
        }
        Ok((self.rows, sum))
    }

    fn deltas(mut self) -> Result<u64, GateError> {
        while let Some(run) = self.next()? {
            let count = match run {
                Run::Same(_times) => 1,
                Run::Each(count) => count,
                Run::Absent => 0,
            };
            for _ in 0..count {
                self.source.signed("a difference")?;
            }
        }
        Ok(self.rows)
    }

    fn texts(mut self) -> Result<(u64, u64), GateError> {
        let mut bytes = 0_u64;
        while let Some(run) = self.next()? {
            let (count, times) = match run {
                Run::Same(times) => (1, times),
                Run::Each(count) => (count, 1),
                Run::Absent => (0, 0),
            };
            for _ in 0..count {
                let length = self.source.number("the length of a text")?;
                self.source.skip(length, "a text")?;
                bytes = bytes.saturating_add(length.saturating_mul(times));
            }
        }
        Ok((self.rows, bytes))
    }

    /// Runs of false and true in turn, beginning with false; only the first may be empty.
    fn booleans(mut self) -> Result<u64, GateError> {
        let mut is_first = true;
        while !self.source.is_at_end()? {
            let rows = self.source.number("the length of a run")?;
            if !(is_first && rows == 0) {
                self.add(rows)?;
            }
            is_first = false;
        }
        Ok(self.rows)
    }
}

/// Numbers and lengths from a slice or an inflater.
struct Source<'d, R> {
    data: &'d mut R,
}

impl<R: BufRead> Source<'_, R> {
    fn is_at_end(&mut self) -> Result<bool, GateError> {
        Ok(self.fill()?.is_empty())
    }

    fn fill(&mut self) -> Result<&[u8], GateError> {
        self.data
            .fill_buf()
            .map_err(|_corrupt| GateError::Deflate { what: "a column" })
    }

    fn byte(&mut self, what: &'static str) -> Result<u8, GateError> {
        let next = self.fill()?.first().copied();
        self.data.consume(usize::from(next.is_some()));
        next.ok_or(GateError::Truncated { what })
    }

    fn number(&mut self, what: &'static str) -> Result<u64, GateError> {
        read_unsigned(what, || self.byte(what))
    }

    fn signed(&mut self, what: &'static str) -> Result<i64, GateError> {
        read_signed(what, || self.byte(what))
    }

    fn skip(&mut self, mut count: u64, what: &'static str) -> Result<(), GateError> {
        while count > 0 {
            let available = self.fill()?.len();
            if available == 0 {
                return Err(GateError::Truncated { what });
            }
            let step = usize::try_from(count).map_or(available, |count| count.min(available));
            self.data.consume(step);
            count = count.saturating_sub(step as u64);
        }
        Ok(())
    }
}
