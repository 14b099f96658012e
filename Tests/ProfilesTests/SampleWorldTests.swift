import Foundation
import Profiles
import TestSupport
import Testing

private let seeds = VectorSet.projectRoot.appending(path: "seeds")

private func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: seeds.appending(path: name))) }

private func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

private func shippedWorld() throws -> SampleWorld {
  try SampleWorld(chambers: bytes("chambers.yaml"), plan: bytes("issue-plan.yaml"), pages: bytes("pages.yaml"))
}

/// The shipped sample world, and each of its values spoiled.
struct SampleWorldTests {
  @Test func fourChambersAllMarkedAsSamples() throws {
    let world = try shippedWorld()
    #expect(
      world.authority.name == "UAE Chambers (sample)" && world.authority.host == "khatm.example"
        && world.authority.country == "AE"
    )
    #expect(world.chambers.map(\.slug) == ["dubai", "ajman", "ras-al-khaimah", "fujairah"])
    #expect(world.chambers.map(\.jurisdiction) == ["AE-DU", "AE-AJ", "AE-RK", "AE-FU"])
    for chamber in world.chambers {
      #expect(
        chamber.nameEn.hasSuffix("(sample)") && chamber.nameAr.hasSuffix("(نموذج)")
          && chamber.domain.hasSuffix(".example")
      )
    }
  }

  /// Every member, programme and code the plan speaks of exists.
  @Test func thePlanFitsProfilesAndMembers() throws {
    let world = try shippedWorld()
    let profiles = try ProfileSet.load(shippedProfiles())
    let rows = try text("members.csv").dropFirst().components(separatedBy: "\r\n").dropFirst().filter { !$0.isEmpty }
      .map { $0.components(separatedBy: ",") }
    let members = Dictionary(uniqueKeysWithValues: rows.map { ("\($0[0])/\($0[1])", $0) })
    #expect(members.count == 30)
    #expect(Set(rows.map { $0[0] }) == Set(world.chambers.map(\.slug)))
    for credential in world.credentials {
      let member = try #require(members[credential.member], "\(credential.member)")
      let programme = try #require(profiles.programme(credential.programme), "\(credential.programme)")
      #expect((member.last == "e-member") == (programme.territory == .outside), "\(credential.name)")
      #expect(credential.isApproved == (programme.approvals.issue > 1), "\(credential.name)")
    }
    for refusal in world.refusals {
      #expect(members[refusal.member] != nil && profiles.programme(refusal.programme) != nil, "\(refusal.member)")
    }
    #expect(
      rows.contains { row in
        row.contains("2025-12-31")
          && world.refusals.contains { $0.member == "\(row[0])/\(row[1])" && $0.code == "fees_unpaid" }
      }
    )
  }

  @Test func everyFateOccurs() throws {
    let world = try shippedWorld()
    func has(_ fits: (SampleWorld.PlannedCredential) -> Bool) -> Bool { world.credentials.contains(where: fits) }
    #expect(has { if case .suspended = $0.fate { true } else { false } })
    #expect(has { if case .revoked = $0.fate { true } else { false } })
    #expect(has { $0.fate == .endsSoon })
    #expect(has { $0.replaces?.name == "saffron-gate" && $0.name == "saffron-gate-new" })
    #expect(has { $0.programme == "trusted-membership" } && has { $0.programme == "e-membership" })
  }

  @Test func everyPageHasItsLineAndEveryLineItsPage() throws {
    let world = try shippedWorld()
    let files = try FileManager.default.contentsOfDirectory(atPath: seeds.appending(path: "pages").path).sorted()
    #expect(world.pages.map(\.file).sorted() == files)
    let verdicts: Set<String> = ["confirmed", "other_page", "not_genuine", "not_in_force", "no_badge", "cannot_tell"]
    #expect(Set(world.pages.map(\.verdict)) == verdicts)
    for page in world.pages {
      #expect(page.address.hasPrefix("https://"))
      #expect((page.reason == nil) == ["confirmed", "no_badge"].contains(page.verdict), "\(page.file)")
      #expect((page.moment == .afterEnd) == (page.reason == "expired"), "\(page.file)")
    }
  }

  /// Pages name planned credentials only, load nothing from elsewhere, and are filled without a rest.
  @Test func pagesAreFilledAndLoadNothingFromElsewhere() throws {
    let world = try shippedWorld()
    for page in world.pages {
      let filled = try SampleWorld.fill(page: bytes("pages/\(page.file)"), named: page.file) { place in
        switch place {
        case .host: world.authority.host
        case .id(let name): world.credentials.contains { $0.name == name } ? "7Q2M4XW9K3PDT5HBPA" : nil
        case .badge(let name):
          world.credentials.contains { $0.name == name }
            ? "<a href=\"https://khatm.example/c/7Q2M4XW9K3PDT5HBPA\">x</a>" : nil
        }
      }
      let html = String(decoding: filled, as: UTF8.self)
      #expect(html.hasPrefix("<!DOCTYPE html>\n<html lang=") && html.hasSuffix("</html>\n"), "\(page.file)")
      #expect(!html.contains("{{"), "\(page.file)")
      for match in html.matches(of: #/(?:src|href|url\(|@import)[="'\s]*https?:\/\/([a-z0-9.-]+)/#) {
        #expect(
          ["khatm.example", "khatrn.example", "checks.liwa-dates.example"].contains(String(match.1)),
          "\(page.file): \(match.0)"
        )
      }
    }
    let arabic = try text("pages/oud-amber-ar.html")
    #expect(arabic.contains("<html lang=\"ar\" dir=\"rtl\">"))
  }

  @Test func aPlaceholderNobodyPlannedIsNamed() throws {
    func fill(_ page: String) throws(ProfileRejection) -> String {
      String(
        decoding: try SampleWorld.fill(page: Array(page.utf8), named: "p.html") {
          $0 == .id("known") || $0 == .host ? "X" : nil
        },
        as: UTF8.self
      )
    }
    #expect(try fill("a{{id:known}}b{{host}}") == "aXbX")
    #expect(
      throws: ProfileRejection.valueRefused(
        file: "p.html",
        line: 2,
        key: "{{…}}",
        value: "id:stranger",
        allowed: "host, id:NAME, badge:NAME of the issue plan"
      )
    ) { try fill("a\n{{id:stranger}}") }
    #expect(throws: ProfileRejection.unreadable(file: "p.html", line: 3, what: "a placeholder is not closed")) {
      try fill("{{host}}\n\n{{host")
    }
    for wrong in ["{{}}", "{{ host }}", "{{badge}}", "{{id:known:x}}", "{{token:known}}"] {
      #expect(throws: ProfileRejection.self) { try fill(wrong) }
    }
  }

  // MARK: strictness

  /// One line of a file, replaced.
  struct Change: Sendable, CustomTestStringConvertible {
    let file: String, old: String, new: String
    var testDescription: String { new }
  }

  static let refused = [
    Change(file: "chambers.yaml", old: "slug: ajman", new: "slug: dubai"),
    Change(file: "chambers.yaml", old: "slug: ajman", new: "slug: Ajman/1"),
    Change(file: "chambers.yaml", old: "    domain: ajman", new: "    url: ajman"),
    Change(file: "chambers.yaml", old: "khatm-chambers/1", new: "khatm-chambers/2"),
    Change(file: "issue-plan.yaml", old: "name: falcon", new: "name: desert-rose"),
    Change(file: "issue-plan.yaml", old: "then: revoke", new: "then: erase"),
    Change(file: "issue-plan.yaml", old: "replaces: saffron-gate,", new: "replaces: saffron,"),
    Change(file: "issue-plan.yaml", old: "expires: soon", new: "expires: later"),
    Change(file: "issue-plan.yaml", old: "reason: licence_withdrawn, ", new: ""),
    Change(
      file: "issue-plan.yaml",
      old: "member: dubai/100202, programme: verified",
      new: "member: dubai, programme: verified"
    ),
    Change(file: "pages.yaml", old: "file: stolen-badge.html", new: "file: ../members.csv"),
    Change(file: "pages.yaml", old: "when: after-end", new: "when: later"),
    Change(file: "pages.yaml", old: "notes: [base_element]", new: "notes: [Base Element]"),
    Change(file: "pages.yaml", old: "verdict: no_badge, why", new: "veredict: no_badge, why"),
  ]

  @Test(arguments: refused) func aWrongFileIsRefused(change: Change) throws {
    func changed(_ name: String) throws -> [UInt8] {
      let text = try text(name)
      guard name == change.file else { return Array(text.utf8) }
      #expect(text.contains(change.old), "\(name) no longer holds '\(change.old)'")
      return Array(text.replacingOccurrences(of: change.old, with: change.new).utf8)
    }
    let (chambers, plan, pages) = (
      try changed("chambers.yaml"), try changed("issue-plan.yaml"), try changed("pages.yaml")
    )
    #expect(throws: ProfileRejection.self) { try SampleWorld(chambers: chambers, plan: plan, pages: pages) }
  }
}
