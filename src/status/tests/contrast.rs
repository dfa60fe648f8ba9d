//! Every ink of the style sheet can be read on every ground, in every scheme.

use std::collections::BTreeMap;

const STYLE: &str = include_str!("../../../templates/style.css");

/// The custom properties of each `:root` block.
fn schemes() -> Vec<BTreeMap<&'static str, &'static str>> {
    let blocks = STYLE.split(":root {").skip(1);
    let block = |block: &'static str| {
        let body = &block[..block.find('}').unwrap()];
        let declared = body
            .split(';')
            .filter_map(|line| line.trim().split_once(": "));
        declared
            .filter(|(name, _)| name.starts_with("--"))
            .collect()
    };
    blocks.map(block).collect()
}

/// Relative luminance of `#rrggbb`, by WCAG 2.2.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        match value <= 0.04045 {
            true => value / 12.92,
            false => ((value + 0.055) / 1.055).powf(2.4),
        }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn every_ink_can_be_read() {
    assert!((contrast("#ffffff", "#000000") - 21.0).abs() < 1e-9);
    let schemes = schemes();
    assert_eq!(schemes.len(), 3, "light, dark and print");
    for scheme in schemes {
        for ground in ["--ground", "--wash"] {
            for ink in [
                "--text",
                "--faint",
                "--accent",
                "--fail",
                "--inconclusive",
                "--pass",
            ] {
                let contrast = contrast(scheme[ink], scheme[ground]);
                assert!(
                    contrast >= 4.5,
                    "{ink} {} on {ground} {}: {contrast:.2}",
                    scheme[ink],
                    scheme[ground]
                );
            }
        }
    }
}
