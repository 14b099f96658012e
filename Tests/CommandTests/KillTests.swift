import Foundation
import TestSupport
import Testing

/// A run that is killed goes on where it stopped. `Scripts/torture-issue` does the same at length.
@Suite struct KillTests {
  static let rows = 600, kills = 10

  /// How a program ended, and what it printed.
  private struct Outcome { let exit: Int32, out: String, err: String }

  private func khatm(_ arguments: [String], in work: URL, killAfter seconds: Double? = nil) throws -> Outcome {
    let process = Process()
    let out = Pipe()
    let err = Pipe()
    process.executableURL = URL(filePath: Program.path ?? "/nonexistent")
    process.arguments = arguments
    process.currentDirectoryURL = work
    process.environment = [
      "PATH": "/usr/bin:/bin", "HOME": work.path, "LC_ALL": "C.UTF-8", "KHATM_HOME": work.path + "/home",
      "KHATM_PASSPHRASE": "a passphrase of the scripts",
      "KHATM_OFFICER_PASSPHRASE": "an officer's own",
    ].merging(sanitizerOptions) { first, _ in first }
    process.standardOutput = out
    process.standardError = err
    try process.run()
    if let seconds {
      usleep(UInt32(seconds * 1_000_000))
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }
    let printed = out.fileHandleForReading.readDataToEndOfFile()
    let complained = err.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      exit: process.terminationReason == .exit ? process.terminationStatus : -1,
      out: String(decoding: printed, as: UTF8.self),
      err: String(decoding: complained, as: UTF8.self)
    )
  }

  private func sheet(_ rows: Int, in work: URL) throws -> [String] {
    var text =
      "chamber,member_number,name_en,name_ar,legal_form,licence_number,licence_authority,jurisdiction,"
      + "member_since,fees_paid_until,storefront,platform,website,contact_name,contact_email,contact_phone\r\n"
    for number in 1...rows {
      text +=
        """
        dubai,\(5_000 + number),Palm Trading \(number) LLC,شركة النخلة \(number) للتجارة ذ.م.م,LLC,7\(number),Dubai \
        Department of Economy and Tourism,AE-DU,2010-05-01,2027-12-31,https://palm-\(number).example/,,,,,\r\n
        """
    }
    try text.write(to: work.appending(path: "many.csv"), atomically: true, encoding: .utf8)
    return ["issue", "--programme", "verified-membership", "--csv", "many.csv", "--officer", "amal"]
  }

  private func list(_ work: URL) throws -> [[String: Any]] {
    try JSONSerialization.jsonObject(with: Data(khatm(["list", "--json"], in: work).out.utf8)) as? [[String: Any]] ?? []
  }

  @Test("A95 killed at random moments it ends with exactly all") func killedAtRandomMomentsItEndsWithExactlyAll() throws
  {
    guard let program = Program.path else {
      return print("skipped: kills (the program khatm is not built; set KHATM_BIN)")
    }
    let work = try ScriptHome.copy(program)
    defer { try? FileManager.default.removeItem(at: work) }
    let issue = try sheet(Self.rows, in: work)
    #expect(try khatm(["member", "import", "many.csv"], in: work).exit == 0)
    // How long a whole run takes here decides when to kill; measured on a copy.
    let trial = work.deletingLastPathComponent().appending(path: "khatm-trial-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: work, to: trial)
    let begun = ContinuousClock.now
    _ = try khatm(issue, in: trial)
    let whole =
      Double((ContinuousClock.now - begun).components.seconds) + Double(
        (ContinuousClock.now - begun).components.attoseconds
      ) / 1e18
    try FileManager.default.removeItem(at: trial)
    var numbers = SystemRandomNumberGenerator()
    var shown: Set<String> = []
    var killed = 0
    var moments: [String] = []
    for _ in 0..<Self.kills {
      let moment = Double.random(in: 0.02...(whole * 0.9), using: &numbers)
      let outcome = try khatm(issue, in: work, killAfter: moment)
      if outcome.exit == -1 { killed += 1 }
      moments.append(String(format: "%.2f", moment))
      // A number on standard output was shown: it must exist.
      for line in outcome.out.split(separator: "\n") where line.contains("verified-membership") {
        shown.insert(String(line.prefix(18)))
      }
    }
    let last = try khatm(issue + ["--json"], in: work)
    #expect(last.exit == 0, "\(last.err)")
    let all = try list(work).filter { $0["state"] as? String == "active" }
    print(
      """
      kills: \(killed) of \(Self.kills) runs over \(Self.rows) rows were killed, after \
      \(moments.joined(separator: ", ")) s of \(String(format: "%.2f", whole))
      """
    )
    #expect(all.count == Self.rows)
    #expect(Set(all.compactMap { $0["member"] as? String }).count == Self.rows)
    #expect(Set(all.compactMap { $0["id"] as? String }).isSuperset(of: shown))
    #expect(try khatm(["audit", "verify"], in: work).exit == 0)
    let any = try #require(all.randomElement(using: &numbers)?["id"] as? String)
    #expect(try khatm(["verify", any], in: work).exit == 0)
    #expect(try khatm(issue + ["--json"], in: work).out.contains("\"issued\":[]"))
  }

  @Test("A96 two at once: one waits or is told busy") func twoAtOnceOneWaitsOrIsToldBusy() async throws {
    guard let program = Program.path else {
      return print("skipped: two at once (the program khatm is not built; set KHATM_BIN)")
    }
    let work = try ScriptHome.copy(program)
    defer { try? FileManager.default.removeItem(at: work) }
    let issue = try sheet(60, in: work)
    #expect(try khatm(["member", "import", "many.csv"], in: work).exit == 0)
    async let first = Task.detached { try khatm(issue + ["--json", "--wait", "60"], in: work) }.value
    async let second = Task.detached { try khatm(issue + ["--json", "--wait", "60"], in: work) }.value
    async let impatient = Task.detached { try khatm(issue + ["--json", "--wait", "0"], in: work) }.value
    let outcomes = [try await first, try await second]
    let third = try await impatient
    #expect(outcomes.allSatisfy { $0.exit == 0 })
    #expect(third.exit == 0 || (third.exit == 1 && third.err.contains("\"error\":\"busy\"")), "\(third.err)")
    let all = try list(work)
    #expect(all.count == 60 && Set(all.compactMap { $0["member"] as? String }).count == 60)
  }
}
