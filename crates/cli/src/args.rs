//! The command line, as `--help` shows it.
//!
//! Names and limits of options only; what a command does stands in the file of its name.

use std::path::PathBuf;

use adjutant_base::CompartmentId;
use adjutant_client::Moment;
use adjutant_exchange::report::Paper;
use adjutant_model::report::templates::{self, Template};
use adjutant_model::{FieldValue as _, Kind};
use chrono::NaiveDate;
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Parser, Subcommand, ValueEnum};

/// Adjutant without a window: projects, actions and budgets of this device.
#[derive(Debug, Parser)]
#[command(name = "adjutant-cli", version)]
pub(crate) struct Arguments {
    /// Folder of this device's data; without it the user's data folder.
    #[arg(long, global = true, value_name = "FOLDER", env = "ADJUTANT_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// Your name, as others see it; counts at the first start of a device.
    #[arg(long, global = true, value_name = "NAME", env = "ADJUTANT_PERSON")]
    pub(crate) person: Option<String>,
    /// Show everything as it was at a moment, like 2026-11-30 (its end) or 2026-11-30T14:02, or in a version with a
    /// name; nothing can be changed.
    #[arg(long, global = true, value_name = "MOMENT")]
    pub(crate) as_of: Option<String>,
    /// Speak of this day instead of today; when edits were made is not affected.
    #[arg(long, global = true, value_name = "DAY", env = "ADJUTANT_TODAY", value_parser = day)]
    pub(crate) today: Option<NaiveDate>,
    /// Leave out what lies in this compartment, in everything that is shown, reported and exported; `status` names the
    /// compartments of documents. It can be given several times.
    #[arg(long, global = true, value_name = "COMPARTMENT")]
    pub(crate) without: Vec<CompartmentId>,
    /// Print JSON for programs.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// What to do.
    #[command(subcommand)]
    pub(crate) task: Task,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Bring in projects, a budget, actions, a plan, a ledger, licences, holidays or meetings from a file.
    Import(ImportOptions),
    /// List the records of a kind.
    List(ListOptions),
    /// Show one record with all its fields.
    Show {
        /// The record's id, or a part of it that no other has.
        id: String,
    },
    /// Make a record.
    New {
        /// Its kind.
        #[arg(value_parser = kind)]
        kind: Kind,
        /// Its fields, like name="Network refresh" owner="Anna Meyer".
        #[arg(value_name = "FIELD=VALUE", required = true)]
        fields: Vec<String>,
    },
    /// Set fields of a record; an empty value clears a field.
    Edit {
        /// The record's id, or a part of it that no other has.
        id: String,
        /// The fields, like status=done `plan_03=1,200.50`.
        #[arg(value_name = "FIELD=VALUE", required = true)]
        fields: Vec<String>,
    },
    /// Delete a record; it can be restored.
    Delete {
        /// The record's id, or a part of it that no other has.
        id: String,
    },
    /// Bring a deleted record back.
    Restore {
        /// The record's id, or a part of it that no other has.
        id: String,
    },
    /// Answer a question about everything: what is due, what is wrong, where things stand.
    Ask(AskOptions),
    /// Do what takes more than setting fields.
    #[command(subcommand)]
    Do(ActOptions),
    /// List fields that several devices wrote at the same time, with all values.
    Conflicts,
    /// List who changed what, when, from what to what and by which command, newest first.
    History(HistoryOptions),
    /// Say what differs between two moments.
    Diff(DiffOptions),
    /// Undo one of your steps, as `history` names them, where nobody has changed it since.
    Undo {
        /// The step's id or a part of it that no other has.
        step: String,
    },
    /// Settle a conflict: keep the value that stands, or take another one.
    Settle {
        /// The record's id, or a part of it that no other has.
        id: String,
        /// The field.
        field: String,
        /// Take this one of the values that were also written, counted from 1; 0 keeps the one that stands.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        take: usize,
    },
    /// Say what has changed since you last looked, on whichever of your devices that was.
    Since(SinceOptions),
    /// Comment, ask for changes, sign off.
    #[command(subcommand)]
    Review(ReviewOptions),
    /// Compare everything here with the relay and with itself, or say where one record's edits are.
    Verify {
        /// The record, by id or a part of it; without it every document.
        id: Option<String>,
        /// Wait at most so many seconds for the relay.
        #[arg(long, value_name = "SECONDS", default_value_t = 30)]
        timeout: u64,
    },
    /// Copy this device's data, put a copy back, or list the automatic copies.
    #[command(subcommand)]
    Backup(BackupOptions),
    /// Print a report, or write it as a file.
    Report(ReportOptions),
    /// Write the days to come as a calendar file, or all records as JSON and tables.
    Export(ExportOptions),
    /// Connect to the relay and wait until both have everything.
    Sync(SyncOptions),
    /// Say where this device's edits are, and the version of every document.
    Status,
}

impl Task {
    /// Tells whether the task reads a board and nothing else, so that any board will do.
    pub(crate) fn only_reads(&self) -> bool {
        match self {
            Self::List(_)
            | Self::Show { .. }
            | Self::Ask(_)
            | Self::Conflicts
            | Self::Report(_)
            | Self::Export(_) => true,
            Self::Import(_)
            | Self::New { .. }
            | Self::Edit { .. }
            | Self::Delete { .. }
            | Self::Restore { .. }
            | Self::Do(_)
            | Self::History(_)
            | Self::Diff(_)
            | Self::Verify { .. }
            | Self::Backup(_)
            | Self::Undo { .. }
            | Self::Settle { .. }
            | Self::Since(_)
            | Self::Review(_)
            | Self::Sync(_)
            | Self::Status => false,
        }
    }
}

/// What to import.
#[derive(Debug, clap::Args)]
#[command(group(clap::ArgGroup::new("source").required(true)))]
pub(crate) struct ImportOptions {
    /// A file of projects: CSV, XLSX or ODS; `-` reads what is pasted to the standard input.
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) projects: Option<PathBuf>,
    /// A file of budget figures: CSV, XLSX or ODS; `-` reads the standard input.
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) budget: Option<PathBuf>,
    /// A file of action items (Jira, Asana, Smartsheet, ServiceNow, your own): CSV, XLSX or ODS; `-` reads the standard
    /// input.
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) actions: Option<PathBuf>,
    /// A project plan: Microsoft Project XML, or a table with hierarchy and dependencies (Jira, Smartsheet, Asana).
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) plan: Option<PathBuf>,
    /// An extract of the ledger: posting date, account or line, amount; CSV, XLSX or ODS; `-` reads the standard input.
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) ledger: Option<PathBuf>,
    /// Software licences, as Snipe-IT exports them: CSV, XLSX or ODS.
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) licences: Option<PathBuf>,
    /// Days that are not worked, as an iCalendar file.
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) holidays: Option<PathBuf>,
    /// Meetings, as an iCalendar file.
    #[arg(long, value_name = "FILE", group = "source")]
    pub(crate) meetings: Option<PathBuf>,
    /// Minutes or a transcript as text: proposes actions and decisions, and makes those that --take names; `-` reads the
    /// standard input.
    #[arg(long, value_name = "FILE", group = "source", requires = "of")]
    pub(crate) minutes: Option<PathBuf>,
    /// The meeting of the minutes, by id or a part of it.
    #[arg(long, value_name = "ID", requires = "minutes")]
    pub(crate) of: Option<String>,
    /// The proposals of minutes to make, by number, like 1,3; "all" makes every one. Without it nothing is made.
    #[arg(long, value_name = "NUMBERS", requires = "minutes")]
    pub(crate) take: Option<String>,
    /// The sum that all rows of a ledger must have; nothing is imported if they have another.
    #[arg(
        long,
        value_name = "AMOUNT",
        requires = "ledger",
        allow_hyphen_values = true
    )]
    pub(crate) control_total: Option<String>,
    /// The working calendar that holidays go to; it is made if it is not there.
    #[arg(
        long,
        value_name = "NAME",
        requires = "holidays",
        default_value = "Holidays"
    )]
    pub(crate) calendar: String,
    /// The fiscal year of a budget that does not say it.
    #[arg(long, value_name = "YEAR")]
    pub(crate) fiscal_year: Option<i64>,
    /// The month in which the fiscal year starts, 1 to 12.
    #[arg(long, value_name = "MONTH", value_parser = clap::value_parser!(u32).range(1..=12))]
    pub(crate) start_month: Option<u32>,
    /// The currency of amounts that do not say it, like EUR.
    #[arg(long, value_name = "CODE")]
    pub(crate) currency: Option<String>,
    /// What dates like 3/5/2026 mean, where the file does not tell.
    #[arg(long, value_name = "ORDER")]
    pub(crate) date_order: Option<DateOrderName>,
    /// Say what would be new, changed, unchanged, missing and left out, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// The orders of day and month in a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DateOrderName {
    /// 3/5/2026 is the third of May.
    DayFirst,
    /// 3/5/2026 is the fifth of March.
    MonthFirst,
}

/// What to ask.
#[derive(Debug, clap::Args)]
pub(crate) struct AskOptions {
    /// The question.
    pub(crate) question: Question,
    /// The record that it is about, by id or a part of it.
    #[arg(long, value_name = "ID")]
    pub(crate) of: Option<String>,
    /// How many days to look ahead.
    #[arg(long, value_name = "DAYS", default_value_t = 120)]
    pub(crate) days: u16,
}

/// The questions that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Question {
    /// The tasks of a project with dates, floats and slip.
    Schedule,
    /// The earned value of a project.
    EarnedValue,
    /// How projects stand, each with its reason.
    Health,
    /// Every dated duty, most urgent first.
    Obligations,
    /// What is wrong or missing, with a way to mend it.
    Findings,
    /// Contracts by the day to act.
    Contracts,
    /// Licence positions.
    Licences,
    /// Invoices with match, copies and where they wait.
    Invoices,
    /// The lines of a budget: revised, committed, available, forecast.
    Budget,
    /// The flagged lines of a budget and their explanations.
    Flags,
    /// The agenda of a meeting.
    Agenda,
    /// Decisions in force.
    Decisions,
    /// Occurrences of recurring actions that are due.
    Recurring,
    /// Changes with their warnings.
    Changes,
    /// The messages that changes ask for.
    Messages,
    /// The items of checklists with their days.
    Checklists,
    /// The result of an evaluation and how firm it is.
    Evaluation,
    /// Figures with their targets.
    Metrics,
    /// Portfolios: how many projects have which colour, and their earned value together.
    Portfolio,
    /// On which day each milestone of a project was expected, and since when.
    Trend,
    /// Vendors with contracts, spending, what is open and how well they deliver.
    Vendors,
    /// Every setting with what this workspace chose; an empty one is the default that its meaning names.
    Settings,
    /// Files that belong to records.
    Attachments,
}

/// What takes more than setting fields.
#[derive(Debug, Subcommand)]
pub(crate) enum ActOptions {
    /// Draft a project's status update from what the data say.
    Status {
        /// The project.
        project: String,
    },
    /// Issue a status update: from then on it changes no more.
    Issue {
        /// The status update.
        update: String,
    },
    /// Post an amount to a budget line, converted if it is in another currency.
    Post {
        /// The line.
        line: String,
        /// The posting date.
        day: String,
        /// The amount, with a currency if it is not the budget's: "USD 1,234.50".
        amount: String,
        /// Units of the budget's currency for one of the other.
        #[arg(long)]
        rate: Option<String>,
        /// Day of the rate; the posting date without it.
        #[arg(long, value_name = "DAY")]
        rate_on: Option<String>,
        /// What it was for.
        #[arg(long, default_value = "")]
        title: String,
        /// The vendor.
        #[arg(long, value_name = "ID")]
        vendor: Option<String>,
    },
    /// Take a baseline of a project's schedule.
    Baseline {
        /// The project.
        project: String,
        /// Name of the baseline.
        #[arg(long, default_value = "Baseline")]
        name: String,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Close a period of a budget.
    Close {
        /// The budget.
        budget: String,
        /// The period, 1 to 12.
        period: u8,
    },
    /// Spread a year's amount over the twelve periods of a line.
    PlanYear {
        /// The line.
        line: String,
        /// The amount.
        total: String,
        /// Twelve weights; equal months without them.
        #[arg(long, value_delimiter = ',')]
        weights: Vec<u32>,
    },
    /// Draft next year's budget from this year's.
    DraftBudget {
        /// This year's budget.
        budget: String,
        /// Name of the draft.
        #[arg(long)]
        name: String,
        /// Growth of every line that no contract says otherwise of, in hundredths of a percent.
        #[arg(long, default_value_t = 0)]
        growth: i64,
    },
    /// Make the checklist of somebody who comes.
    Onboard {
        /// The person.
        person: String,
        /// First day at work.
        day: String,
        /// Template; the built-in one without it.
        #[arg(long, value_name = "ID")]
        template: Option<String>,
    },
    /// Make the checklist of somebody who goes, with every access and seat.
    Offboard {
        /// The person.
        person: String,
        /// Last day at work.
        day: String,
        /// Template; the built-in one without it.
        #[arg(long, value_name = "ID")]
        template: Option<String>,
    },
    /// Make the built-in items of a checklist a template that can be edited, and use it from now on.
    Template {
        /// What it is for: onboarding or offboarding.
        kind: String,
    },
    /// Begin the messages that a change asks for.
    Messages {
        /// The change.
        change: String,
    },
    /// Take note of an obligation at its step.
    Note {
        /// The record that it comes from.
        id: String,
        /// What is done about it.
        #[arg(long, default_value = "")]
        text: String,
    },
    /// Say that an occurrence of a recurring action is done.
    Done {
        /// The occurrence.
        id: String,
    },
    /// Carry out the fix of a finding.
    Fix {
        /// The record at fault.
        id: String,
    },
}

/// Which edits to list.
#[derive(Debug, clap::Args)]
pub(crate) struct HistoryOptions {
    /// The record, by id or a part of it; without it all.
    pub(crate) id: Option<String>,
    /// Only this field.
    #[arg(long, value_name = "NAME")]
    pub(crate) field: Option<String>,
    /// Only edits by persons or devices whose name contains this.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Only edits after this moment.
    #[arg(long, value_name = "MOMENT", value_parser = crate::history::moment)]
    pub(crate) since: Option<Moment>,
    /// Only edits up to this moment.
    #[arg(long, value_name = "MOMENT", value_parser = crate::history::moment)]
    pub(crate) until: Option<Moment>,
    /// At most so many.
    #[arg(long, value_name = "COUNT", default_value_t = 100)]
    pub(crate) limit: usize,
}

/// What to do with copies.
#[derive(Debug, Subcommand)]
pub(crate) enum BackupOptions {
    /// Copy this device's data to a new folder, verified. Works beside the running program.
    To {
        /// The new folder. It will hold the join link: keep it as you keep the data.
        folder: PathBuf,
    },
    /// Put a backup or an automatic copy into a data folder that holds no workspace.
    From {
        /// The backup's folder, or the file of an automatic copy.
        copy: PathBuf,
    },
    /// List the automatic copies: the newest of each of the last 24 hours, 30 days and 12 months.
    List,
}

/// What to do with what has changed.
#[derive(Debug, clap::Args)]
pub(crate) struct SinceOptions {
    /// Mark everything as seen, on all your devices.
    #[arg(long)]
    pub(crate) mark: bool,
    /// Show smaller changes as well.
    #[arg(long)]
    pub(crate) all: bool,
}

/// What a reviewer does.
#[derive(Debug, Subcommand)]
pub(crate) enum ReviewOptions {
    /// Say something about a record.
    Comment {
        /// The record.
        id: String,
        /// What is said.
        text: String,
        /// The field that it is about.
        #[arg(long, value_name = "NAME")]
        field: Option<String>,
    },
    /// Ask for a change.
    Request {
        /// The record.
        id: String,
        /// What is to be changed.
        text: String,
        /// The field that it is about.
        #[arg(long, value_name = "NAME")]
        field: Option<String>,
    },
    /// Say that a comment or request is settled.
    Settle {
        /// The remark.
        id: String,
        /// It is not followed.
        #[arg(long)]
        decline: bool,
    },
    /// Approve a record exactly as it is now.
    Sign {
        /// The record.
        id: String,
        /// Give it back instead of approving it.
        #[arg(long)]
        give_back: bool,
        /// What goes with it.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Give the version of now a name, for --as-of and diff.
    Name {
        /// The name.
        name: String,
    },
    /// List remarks and sign-offs, and what has changed since.
    List {
        /// Only of this record.
        id: Option<String>,
    },
}

/// Which moments to compare.
#[derive(Debug, clap::Args)]
pub(crate) struct DiffOptions {
    /// The first moment, like 2026-11-30 (its end) or 2026-11-30T14:02, or the name of a version.
    #[arg(value_name = "FROM")]
    pub(crate) from: String,
    /// The second one; now without it.
    #[arg(value_name = "TO")]
    pub(crate) to: Option<String>,
}

/// What to list.
#[derive(Debug, clap::Args)]
pub(crate) struct ListOptions {
    /// The kind, such as project, task, action, `budget_line`, contract or invoice; a wrong one lists them all.
    #[arg(value_parser = kind)]
    pub(crate) kind: Kind,
    /// Only records that contain these words, in any field shown.
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub(crate) filter: String,
    /// At most so many records.
    #[arg(long, value_name = "COUNT")]
    pub(crate) limit: Option<usize>,
}

/// Which report.
#[derive(Debug, clap::Args)]
pub(crate) struct ReportOptions {
    /// The report.
    #[arg(value_parser = report_names())]
    pub(crate) report: String,
    /// Its form; without it the one that the name of the file says, else text.
    #[arg(long)]
    pub(crate) format: Option<FormatName>,
    /// Write it to this file instead of printing it.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// The paper, for forms with pages.
    #[arg(long, default_value = "a4")]
    pub(crate) paper: PaperName,
    /// The record that it is about, by id or a part of it; without it the newest budget that has begun, the next meeting
    /// for its agenda, the last one for its minutes.
    #[arg(long, value_name = "ID", visible_aliases = ["project", "budget"])]
    pub(crate) of: Option<String>,
}

/// Returns the reports that there are, with what each says.
fn report_names() -> PossibleValuesParser {
    let named = |template: &Template| PossibleValue::new(template.name).help(template.says);
    PossibleValuesParser::new(templates::ALL.iter().map(named))
}

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatName {
    /// Aligned text.
    Text,
    /// Markdown.
    Md,
    /// Comma-separated values.
    Csv,
    /// One HTML file.
    Html,
    /// A spreadsheet with live formulas.
    Xlsx,
    /// A PDF file.
    Pdf,
    /// Slides.
    Pptx,
    /// An unsent e-mail.
    Eml,
}

/// The papers that pages are laid out for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PaperName {
    /// 210 x 297 mm.
    A4,
    /// 8.5 x 11 inches.
    Letter,
}

impl From<PaperName> for Paper {
    fn from(name: PaperName) -> Self {
        match name {
            PaperName::A4 => Self::A4,
            PaperName::Letter => Self::Letter,
        }
    }
}

/// What to export.
#[derive(Debug, clap::Args)]
pub(crate) struct ExportOptions {
    /// What.
    pub(crate) what: ExportName,
    /// The file, or for everything, notices and the pack the folder, to write to.
    #[arg(long, value_name = "PATH")]
    pub(crate) out: PathBuf,
    /// The record that it is about, by id or a part of it: the change of notices, the project of a plan.
    #[arg(long, value_name = "ID")]
    pub(crate) of: Option<String>,
    /// The paper, for forms with pages.
    #[arg(long, default_value = "a4")]
    pub(crate) paper: PaperName,
}

/// What can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportName {
    /// Milestones and targets to come, as an iCalendar file.
    Calendar,
    /// Days to act on contracts and last days for notice, as an iCalendar file.
    Renewals,
    /// The messages of a change that are not sent yet, each as an unsent e-mail.
    Notices,
    /// The month's report pack: every report that is issued monthly, as PDF and in the forms that its readers use.
    Pack,
    /// A project's plan, as Microsoft Project XML.
    Plan,
    /// All records, as JSON and as tables for Excel and Power BI.
    Everything,
}

/// How to sync.
#[derive(Debug, clap::Args)]
pub(crate) struct SyncOptions {
    /// Take part in the workspace that this link names.
    #[arg(long, value_name = "LINK")]
    pub(crate) join: Option<String>,
    /// Give up after so many seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) timeout: u64,
}

fn day(text: &str) -> Result<NaiveDate, String> {
    NaiveDate::from_input(text).map_err(|reason| reason.to_string())
}

fn kind(text: &str) -> Result<Kind, String> {
    let wanted = text.to_lowercase().replace(['-', ' '], "_");
    let singular = wanted.strip_suffix('s').unwrap_or(&wanted);
    let names = [
        wanted.as_str(),
        singular,
        if wanted == "people" { "person" } else { "" },
    ];
    names
        .iter()
        .find_map(|name| Kind::from_name(name))
        .ok_or_else(|| {
            let known: Vec<&str> = Kind::ALL.iter().map(|kind| kind.name()).collect();
            format!("the kinds are {}", known.join(", "))
        })
}
