import ArgumentParser
import Encodings
import Foundation
import Issuance
import Messages
import PKI
import Registry

/// What ends a command: a code for programs, a sentence for people, a remedy where there is one.
struct CommandFailure: Error {
  /// 1 refused by a rule, 2 usage or bad input, 3 cannot tell, 5 internal.
  let exit: Int32
  let code: String, message: String
  var hint: String?
  var details: [String: JSON] = [:]
  init(exit: Int32, _ code: String, _ message: String, hint: String? = nil, details: [String: JSON] = [:]) {
    self.exit = exit
    self.code = code
    self.message = message
    self.hint = hint
    self.details = details
  }
}

/// The program: reads the command line, runs one command, ends with its exit code.
@main struct Main {
  static func main() {
    signal(SIGPIPE, SIG_IGN)
    let asksForJSON = CommandLine.arguments.contains("--json")
    do {
      try PKIStartup.check(secureHeap: true)
      var command = try Khatm.parseAsRoot()
      try command.run()
    } catch let failure as CommandFailure {
      report(failure, json: asksForJSON)
    } catch let exit as ExitCode {
      Foundation.exit(exit.rawValue)
    } catch let rejection as ActRejection {
      report(ErrorPresenter.failure(rejection), json: asksForJSON)
    } catch let failure as IssuanceFailure {
      report(ErrorPresenter.failure(failure), json: asksForJSON)
    } catch let failure as RegistryFailure {
      report(ErrorPresenter.failure(failure), json: asksForJSON)
    } catch let refusal as PKIStartup.Failure {
      report(CommandFailure(exit: 5, "openssl", refusal.description), json: asksForJSON)
    } catch {
      let text = Khatm.fullMessage(for: error)
      let code = Khatm.exitCode(for: error)
      if code == .success {
        Console.write(text + "\n", to: 1)
        Foundation.exit(0)
      }  // --help, --version
      guard code == .validationFailure else {
        report(CommandFailure(exit: 5, "internal", "\(error)"), json: asksForJSON)
      }
      if asksForJSON { report(CommandFailure(exit: 2, "usage", Khatm.message(for: error)), json: true) }
      Console.write(text + "\n", to: 2)
      Foundation.exit(2)
    }
  }

  static func report(_ failure: CommandFailure, json: Bool) -> Never {
    if json {
      var object = JSONObject(["error": JSON(failure.code), "message": JSON(failure.message)])
      if let hint = failure.hint { object["hint"] = JSON(hint) }
      for (name, value) in failure.details { object[Text(name)] = value }
      Console.write(String(decoding: JSON.object(object).canonical(), as: UTF8.self) + "\n", to: 2)
    } else {
      Console.note("khatm: \(Console.shown(failure.message))")
      if let hint = failure.hint { Console.note("hint: \(hint)") }
    }
    Foundation.exit(failure.exit)
  }
}

/// `khatm` and its commands, as the help groups them.
struct Khatm: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "khatm",
    abstract: "Issue, revoke and verify membership certificates.",
    discussion: """
      A chamber's office works with this program; buyers and marketplaces ask khatmd. Everything lives in one folder, \
      the home \
      (--home or KHATM_HOME). Commands that sign need the passphrase of the keys: from KHATM_PASSPHRASE, \
      --passphrase-file, or a prompt.

      A first certificate:
        khatm init --name "UAE Chambers (sample)" --host khatm.example
        khatm chamber add dubai --name-en "Dubai Chamber (sample)" --name-ar "غرفة دبي (نموذج)" \\
              --jurisdiction AE-DU --domain dubai-chamber.example
        khatm member import members.csv
        khatm issue --programme verified-membership --member dubai/517919
        khatm badge ID --format html

      Exit codes: 0 done, 1 refused by a rule, 2 usage or bad input, 3 cannot tell (verify), 4 no badge (verify), 5 \
      internal.
      """,
    version: "khatm 0.1.0",
    subcommands: [
      Init.self, ChamberCommand.self, Recognise.self, MemberCommand.self, Issue.self, Renew.self, Supersede.self,
      Suspend.self, Reinstate.self, Revoke.self,
      List.self, Search.self, Show.self, Expiring.self, Reminders.self, Counts.self, MonthReport.self,
      OfficerCommand.self, RequestCommand.self,
      Requests.self, Approve.self, Refuse.self, Run.self, Audit.self, Badge.self, Card.self, Publish.self, Backup.self,
      Restore.self,
      Verify.self, Scan.self, PageKeyCommand.self, Proof.self, Bundle.self, WitnessCommand.self, MonitorCommand.self,
      MirrorCommand.self,
      ReceiptCommand.self, MisuseCommand.self, BindingCommand.self, Seed.self,
    ]
  )
}
