//! What assistive technology sees of each screen, as a text: a change of it has to be looked at.

use adjutant::commands::View;
use egui_kittest::Node;
use egui_kittest::kittest::NodeT as _;

use crate::support::{Look, Window};

/// Writes role, name and value of each node that has any of the latter two, indented by depth.
fn write(node: &Node<'_>, depth: usize, text: &mut String) {
    let inner = node.accesskit_node();
    let (label, value) = (inner.label(), inner.value());
    let is_named = label.is_some() || value.as_deref().is_some_and(|value| !value.is_empty());
    if is_named {
        text.push_str(&"  ".repeat(depth));
        text.push_str(&format!("{:?}", inner.role()));
        if let Some(label) = label {
            text.push_str(&format!(" \"{label}\""));
        }
        if let Some(value) = value {
            text.push_str(&format!(" = {value}"));
        }
        if inner.toggled() == Some(egui::accesskit::Toggled::True) {
            text.push_str(" (chosen)");
        }
        if inner.is_focused() {
            text.push_str(" (focused)");
        }
        text.push('\n');
    }
    for child in node.children() {
        write(&child, depth + usize::from(is_named), text);
    }
}

fn tree(view: View) -> String {
    let window = Window::small(Look {
        size: (1200.0, 700.0),
        ..view.into()
    });
    let mut text = String::new();
    write(&window.harness.root(), 0, &mut text);
    text
}

#[test]
fn overview() {
    insta::assert_snapshot!(tree(View::Overview));
}

#[test]
fn projects() {
    insta::assert_snapshot!(tree(View::Projects));
}

#[test]
fn actions() {
    insta::assert_snapshot!(tree(View::Actions));
}

#[test]
fn budget() {
    insta::assert_snapshot!(tree(View::Budget));
}
