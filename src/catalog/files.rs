//! Reads documents from disk and standard input. An edge: the only file access of the catalog.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::lints;
use crate::finding::{Finding, Findings};
use crate::place::{SourceFile, Span};

/// Files of a folder that hold documents.
const EXTENSIONS: [&str; 4] = ["yaml", "yml", "json", "md"];

/// Folders that never do.
const SKIPPED: [&str; 2] = ["target", "node_modules"];

/// Reads `paths`: files, folders (with all below them, hidden ones left out) and `-` for standard input. What cannot be
/// read becomes a finding. The files come in the order of their paths, each once.
pub fn load(paths: &[PathBuf], findings: &mut Findings) -> Vec<Arc<SourceFile>> {
    let mut files = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            let mut bytes = Vec::new();
            match std::io::stdin().lock().read_to_end(&mut bytes) {
                Ok(_) => files.extend(decode(path, bytes, findings)),
                Err(error) => findings.push(unreadable(path, &error)),
            }
        } else if path.is_dir() {
            walk(path, &mut files, findings);
        } else {
            read(path, &mut files, findings);
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files.dedup_by(|a, b| a.path == b.path);
    files
}

fn walk(folder: &Path, files: &mut Vec<Arc<SourceFile>>, findings: &mut Findings) {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => return findings.push(unreadable(folder, &error)),
    };
    for entry in entries {
        let path = match entry {
            Ok(entry) => entry.path(),
            Err(error) => {
                findings.push(unreadable(folder, &error));
                continue;
            }
        };
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') || SKIPPED.contains(&name.as_ref()) {
            continue;
        }
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            walk(&path, files, findings);
        } else if EXTENSIONS.contains(&extension.as_ref()) {
            read(&path, files, findings);
        }
    }
}

fn read(path: &Path, files: &mut Vec<Arc<SourceFile>>, findings: &mut Findings) {
    match std::fs::read(path) {
        Ok(bytes) => files.extend(decode(path, bytes, findings)),
        Err(error) => findings.push(unreadable(path, &error)),
    }
}

fn decode(path: &Path, bytes: Vec<u8>, findings: &mut Findings) -> Option<Arc<SourceFile>> {
    match String::from_utf8(bytes) {
        Ok(text) => Some(SourceFile::new(path, text)),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let bytes = error.into_bytes();
            let byte = bytes[valid];
            // The file is shown with the bytes that are not UTF-8 replaced, so the place is counted in that text.
            let file = SourceFile::new(path, String::from_utf8_lossy(&bytes));
            let finding = Finding::new(
                &lints::ENCODING,
                &file,
                Span::of(valid, 3),
                format!("this file is not UTF-8: byte 0x{byte:02x} at offset {valid}"),
            );
            findings.push(finding.help("save it as UTF-8").about("encoding"));
            None
        }
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Finding {
    let file = SourceFile::new(path, "");
    let message = format!("cannot read `{}`: {error}", path.display());
    Finding::new(&lints::UNREADABLE, &file, Span::of(0, 0), message).about("file")
}
