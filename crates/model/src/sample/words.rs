//! The words that sample records are made of: persons, projects, vendors, lines of a budget.
//!
//! Persons and vendors are invented. Lists are in the order in which they are used, so the best come first; whoever
//! asks for more than a list has gets combinations, never the same name twice.

/// First and family names.
pub(super) const PEOPLE: &[(&str, &str)] = &[
    ("Amara", "Okafor"),
    ("Jonas", "Weber"),
    ("Priya", "Raman"),
    ("Mateus", "Oliveira"),
    ("Ingrid", "Solberg"),
    ("Yusuf", "Demir"),
    ("Claire", "Fontaine"),
    ("Daniel", "Novák"),
    ("Mei", "Tanaka"),
    ("Liam", "Gallagher"),
    ("Sofía", "Herrera"),
    ("Tomasz", "Wójcik"),
    ("Noor", "Haddad"),
    ("Elena", "Marković"),
    ("Kwame", "Mensah"),
    ("Hannah", "Lindqvist"),
    ("Rafael", "Costa"),
    ("Anjali", "Mehta"),
    ("Oskar", "Virtanen"),
    ("Grace", "Whitfield"),
    ("Minh", "Nguyen"),
    ("Leila", "Rahimi"),
    ("Pieter", "De Vries"),
    ("Zoë", "Janssen"),
];

pub(super) const ROLES: &[&str] = &[
    "IT director",
    "Assistant to IT management",
    "Infrastructure manager",
    "Applications manager",
    "Service desk manager",
    "Assistant to IT management",
    "Security officer",
    "Project manager",
    "Network engineer",
    "Procurement coordinator",
    "Business analyst",
    "Systems engineer",
];

pub(super) const PORTFOLIOS: &[&str] = &[
    "Infrastructure",
    "Workplace",
    "Business applications",
    "Security",
    "Data and integration",
];

/// Projects: portfolio's place in [`PORTFOLIOS`], name.
pub(super) const PROJECTS: &[(usize, &str)] = &[
    (2, "ERP migration"),
    (0, "Network refresh"),
    (3, "Zero-trust rollout"),
    (1, "Laptop lifecycle"),
    (1, "Mail tenant merge"),
    (0, "Data centre exit"),
    (2, "Service desk platform"),
    (4, "Data warehouse"),
    (3, "Privileged access"),
    (0, "Backup renewal"),
    (1, "Meeting room upgrade"),
    (2, "HR self-service"),
    (0, "Core switch replacement"),
    (3, "Security awareness"),
    (4, "Integration platform"),
    (1, "Windows 11 upgrade"),
    (2, "Document management"),
    (0, "Storage consolidation"),
    (3, "Multi-factor sign-in"),
    (1, "Print service tender"),
    (4, "Reporting portal"),
    (2, "Intranet relaunch"),
    (0, "Wi-Fi in branch offices"),
    (3, "Vulnerability management"),
    (1, "Telephony to softphone"),
    (2, "Contract register"),
    (4, "Master data clean-up"),
    (0, "Disaster recovery test"),
    (3, "Log management"),
    (1, "Mobile device management"),
];

/// What tells projects and lines of one name apart.
pub(super) const PLACES: &[&str] = &[
    "north",
    "south",
    "headquarters",
    "Rotterdam",
    "Lyon",
    "Gdańsk",
    "Bergen",
    "Porto",
    "Dublin",
    "Leipzig",
    "Brno",
    "Turku",
];

/// Milestones of a project in the order in which they are reached.
pub(super) const MILESTONES: &[&str] = &[
    "Requirements signed off",
    "Vendor selected",
    "Contract signed",
    "Design approved",
    "Test environment ready",
    "Pilot live",
    "Migration rehearsed",
    "User acceptance passed",
    "Go-live",
    "Handed over to operations",
];

pub(super) const VENDORS: &[&str] = &[
    "Northwind",
    "Brightpath",
    "Cobalt Networks",
    "Helix Software",
    "Orion Cloud",
    "Tessera",
    "Palisade Security",
    "Lumen & Reed",
    "Quayside Telecom",
    "Fjordline Hosting",
    "Atrium Print",
    "Verity Consulting",
];

pub(super) const TEAMS: &[&str] = &[
    "facilities",
    "finance",
    "HR",
    "legal",
    "the service desk",
    "operations",
    "internal audit",
    "the works council",
];

pub(super) const THINGS: &[&str] = &[
    "core switches",
    "laptops for new starters",
    "the backup licence",
    "the penetration test",
    "meeting room screens",
    "the storage extension",
    "the SIEM connector",
    "test accounts",
    "the training room",
    "spare access points",
];

/// What a title's `{}` stands for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Blank {
    Vendor,
    Team,
    Thing,
}

/// Titles of actions; `{}` is filled from the list that stands beside.
pub(super) const ACTIONS: &[(&str, Blank)] = &[
    ("Confirm maintenance window with {}", Blank::Team),
    ("Collect three quotes for {}", Blank::Thing),
    ("Chase signed statement of work from {}", Blank::Vendor),
    ("Route invoice of {} to the approver", Blank::Vendor),
    ("Draft change notice for {}", Blank::Team),
    ("Raise purchase request for {}", Blank::Thing),
    ("Check renewal terms with {}", Blank::Vendor),
    ("Send status summary to {}", Blank::Team),
    ("Get delivery date for {}", Blank::Thing),
    ("Book review meeting with {}", Blank::Vendor),
    ("Agree acceptance criteria with {}", Blank::Team),
    ("Ask {} for the missing credit note", Blank::Vendor),
    ("Update the inventory for {}", Blank::Thing),
    ("Collect evidence for {}", Blank::Team),
    ("Explain the variance on {}", Blank::Thing),
    ("Prepare minutes of the meeting with {}", Blank::Vendor),
    ("Name a successor contact at {}", Blank::Vendor),
    ("Clear open questions with {}", Blank::Team),
];

pub(super) const NOTES: &[&str] = &[
    "Agreed in the weekly meeting.",
    "Waiting for an answer since last week; call if nothing comes.",
    "Needs the director's signature first.",
    "See the mail of the vendor for the terms.",
];

/// Cost centres: number, name of the budget.
pub(super) const COST_CENTRES: &[(&str, &str)] = &[
    ("4100", "IT operations"),
    ("4110", "Infrastructure"),
    ("4120", "Business applications"),
    ("4130", "Workplace services"),
    ("4140", "Information security"),
    ("4150", "Data and integration"),
    ("4160", "Service desk"),
    ("4170", "IT projects"),
    ("4180", "Telephony"),
    ("4190", "IT management"),
];

/// A category of budget lines.
#[derive(Debug)]
pub(super) struct Category {
    pub(super) name: &'static str,
    /// First digits of the account codes.
    pub(super) account: i64,
    /// Smallest and largest yearly amount of a line, in major units.
    pub(super) yearly: (i64, i64),
    pub(super) lines: &'static [&'static str],
}

/// Categories of spending, in the order of a budget.
pub(super) const CATEGORIES: &[Category] = &[
    Category {
        name: "Cloud hosting",
        account: 6410,
        yearly: (18_000, 160_000),
        lines: &[
            "Virtual servers",
            "Managed databases",
            "Object storage",
            "Content delivery",
            "Container platform",
            "Outbound traffic",
            "Backup vault",
        ],
    },
    Category {
        name: "Software licences",
        account: 6420,
        yearly: (9_000, 140_000),
        lines: &[
            "Office suite",
            "ERP",
            "Service desk platform",
            "Virtualisation",
            "Design tools",
            "Developer tools",
            "Reporting",
        ],
    },
    Category {
        name: "Support contracts",
        account: 6430,
        yearly: (12_000, 80_000),
        lines: &[
            "ERP support",
            "Storage support",
            "Database support",
            "Firewall support",
            "Server maintenance",
            "Print service",
            "UPS maintenance",
        ],
    },
    Category {
        name: "Contractors",
        account: 6440,
        yearly: (24_000, 150_000),
        lines: &[
            "Project managers",
            "Network engineers",
            "ERP consultants",
            "Test team",
            "Data engineers",
            "Security analysts",
            "Summer cover",
        ],
    },
    Category {
        name: "Hardware",
        account: 6450,
        yearly: (10_000, 110_000),
        lines: &[
            "Laptops",
            "Servers",
            "Switches",
            "Access points",
            "Mobile phones",
            "Screens and docks",
            "Spare parts",
        ],
    },
    Category {
        name: "Network carriers",
        account: 6460,
        yearly: (12_000, 70_000),
        lines: &[
            "Headquarters line",
            "Branch offices",
            "Internet uplink",
            "Mobile data",
            "VPN service",
            "Domain names",
            "Data centre cross-connects",
        ],
    },
    Category {
        name: "Security tooling",
        account: 6470,
        yearly: (8_000, 75_000),
        lines: &[
            "Endpoint protection",
            "Mail filter",
            "Log management",
            "Vulnerability scanner",
            "Password vault",
            "Penetration tests",
            "Certificates",
        ],
    },
    Category {
        name: "Training and travel",
        account: 6480,
        yearly: (3_000, 24_000),
        lines: &[
            "Certifications",
            "Conferences",
            "Online courses",
            "Travel",
            "Team workshops",
            "Awareness campaign",
            "Books and journals",
        ],
    },
    Category {
        name: "Telephony",
        account: 6490,
        yearly: (5_000, 40_000),
        lines: &[
            "Softphone service",
            "Contact centre",
            "Mobile contracts",
            "Conference bridge",
            "Emergency lines",
            "Headsets",
            "Fax gateway",
        ],
    },
];

/// What the department earns.
pub(super) const INCOME: Category = Category {
    name: "Recharges",
    account: 8100,
    yearly: (30_000, 180_000),
    lines: &[
        "Recharge to subsidiaries",
        "Recharge to sales",
        "Recharge to production",
        "Project recharge",
        "Hardware resale",
        "Training fees",
        "Grants",
    ],
};

/// Phases of a plan.
pub(super) const PHASES: &[&str] = &[
    "Prepare",
    "Design",
    "Procure",
    "Build",
    "Test",
    "Train",
    "Roll out",
    "Hand over",
];

/// What is done to things.
pub(super) const VERBS: &[&str] = &[
    "Order",
    "Install",
    "Configure",
    "Test",
    "Document",
    "Migrate",
    "Replace",
    "Upgrade",
    "Review",
];

/// What a status update says was done.
pub(super) const DONE: &[&str] = &[
    "The test environment is in use; eleven of fourteen cases have passed.",
    "Offers of three vendors are here and have been compared.",
    "The pilot group has worked with it for a week.",
    "Nothing new: the network team was needed elsewhere.",
    "The contract has been signed and the order is out.",
];

/// What a status update says comes next.
pub(super) const NEXT: &[&str] = &[
    "Rehearse the migration on a Saturday.",
    "Agree the cutover window with operations.",
    "Train the service desk.",
    "Order the second delivery.",
];

/// Risks; `{}` is a vendor.
pub(super) const RISKS: &[&str] = &[
    "{} delivers late",
    "Only one engineer knows the interface",
    "The window at year end is lost to the freeze",
    "{} raises its prices before the order",
    "Data quality delays the migration",
    "The works council has not agreed yet",
];

/// First and second words of vendors' names.
pub(super) const VENDOR_WORDS: (&[&str], &[&str]) = (
    &[
        "Northwind",
        "Brightpath",
        "Cobalt",
        "Helix",
        "Orion",
        "Tessera",
        "Palisade",
        "Lumen",
        "Quayside",
        "Fjordline",
        "Atrium",
        "Verity",
        "Harrow",
        "Meridian",
        "Juniper Hill",
        "Silverbirch",
    ],
    &[
        "Systems",
        "Networks",
        "Software",
        "Cloud",
        "Security",
        "Telecom",
        "Hosting",
        "Consulting",
        "Print",
        "Data",
    ],
);

/// What vendors sell.
pub(super) const TRADES: &[&str] = &[
    "Hardware",
    "Software",
    "Cloud",
    "Network",
    "Security",
    "Consulting",
    "Print",
];

/// What was talked about with a vendor.
pub(super) const TALKS: &[&str] = &[
    "Prices for next year",
    "Service review of the quarter",
    "Escalation of an open ticket",
    "Renewal terms",
    "Missing credit note",
];

/// Services that run, are contracted, and are changed.
pub(super) const SERVICES: &[&str] = &[
    "Mail",
    "ERP",
    "Wide area network",
    "Backup",
    "Print service",
    "Telephony",
    "File storage",
    "Intranet",
    "Service desk",
    "Identity",
    "Firewall",
    "Virtual desktops",
];

/// What happens when a deadline is missed.
pub(super) const CONSEQUENCES: &[&str] = &[
    "Another year at the full price.",
    "The service stops; nobody can work with it.",
    "Support lapses, and with it the replacement of failed parts.",
    "The discount of the first term is lost.",
];

/// Products that are licensed.
pub(super) const PRODUCTS: &[&str] = &[
    "Office suite",
    "Diagram editor",
    "CAD",
    "PDF editor",
    "Database server",
    "Virtualisation",
    "Backup agent",
    "Endpoint protection",
    "Project planner",
    "Statistics",
    "Password vault",
    "Video editor",
    "Terminal client",
    "Monitoring agent",
    "Reporting",
    "Mail archive",
    "Remote support",
    "Code editor",
    "Translation memory",
    "Screen recorder",
];

/// Things that are bought.
pub(super) const GOODS: &[&str] = &[
    "Laptop 14 inch",
    "Docking station",
    "Screen 27 inch",
    "Access point",
    "Core switch",
    "Rack server",
    "Mobile phone",
    "Headset",
    "Storage shelf",
    "UPS battery",
    "Meeting room camera",
];

/// Meetings that come round.
pub(super) const BOARDS: &[&str] = &[
    "IT leads",
    "Change advisory board",
    "Project office",
    "Vendor review",
    "Security board",
    "Service review",
    "Budget round",
    "Architecture board",
];

/// Topics of meetings.
pub(super) const TOPICS: &[&str] = &[
    "Open actions of the last meeting",
    "Variances of the month",
    "Changes of the coming week",
    "Renewals that are due",
    "Office move",
    "Printer tender",
    "Audit findings",
    "Holiday cover",
];

/// What was decided.
pub(super) const DECISIONS: &[&str] = &[
    "Two vendors are invited to a demonstration",
    "The cutover moves to the second Saturday",
    "The budget of the pilot is released",
    "Laptops are replaced after four years",
    "The old file server is switched off",
];

/// Announcements.
pub(super) const NEWS: &[&str] = &[
    "New password policy",
    "Office closed between the years",
    "Service desk moves to the second floor",
    "Second factor for remote access",
    "Printers on the third floor are replaced",
    "Training dates of the quarter",
];

/// Documents that compliance asks for.
pub(super) const POLICIES: &[&str] = &[
    "Backup policy",
    "Access control policy",
    "Incident response plan",
    "Supplier security policy",
    "Acceptable use policy",
    "Business continuity plan",
    "Cryptography policy",
    "Patch policy",
    "Asset register",
    "Records of processing",
];

/// Figures of the service desk.
pub(super) const METRICS: &[&str] = &[
    "Tickets open",
    "Tickets older than a week",
    "Incidents of the month",
    "Requests of the month",
    "Changes that failed",
    "Tickets reopened",
];
