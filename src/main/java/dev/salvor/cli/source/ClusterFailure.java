package dev.salvor.cli.source;

import dev.salvor.cli.CommandFailed;
import dev.salvor.cli.Exit;
import org.jspecify.annotations.Nullable;

/**
 * What an API server said instead of an answer, for people. Pure.
 *
 * @param code of HTTP; 0: there was no answer at all
 * @param message the server's own, or the network's
 * @param subject name of the object that the server speaks of; null: it does not know the address
 */
record ClusterFailure(int code, String message, @Nullable String subject) {
  private static final int BAD_REQUEST = 400;
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;
  private static final int NOT_FOUND = 404;
  private static final int CONFLICT = 409;
  private static final int UNPROCESSABLE = 422;

  /** The object that was named, and nothing else, is missing. */
  boolean isMissing(Call call) {
    return code == NOT_FOUND && call.name() != null && call.name().equals(subject);
  }

  CommandFailed explain(Call call, ClusterPlace place) {
    var context = "context " + place.context();
    return switch (code) {
      case 0 ->
          new CommandFailed(
              Exit.UNAVAILABLE,
              "the API server %s (%s) cannot be reached: %s. Check the network and the cluster ('kubectl cluster-info'), or name another cluster by --context or --kubeconfig"
                  .formatted(place.server(), context, message));
      case UNAUTHORIZED ->
          new CommandFailed(
              Exit.FORBIDDEN,
              "the API server %s does not accept the credentials of %s. Sign in again, or choose another by --context"
                  .formatted(place.server(), context));
      case FORBIDDEN ->
          new CommandFailed(
              Exit.FORBIDDEN,
              "not allowed to %s %s (%s): %s. Ask for a Role with the verb '%s' on %s; 'salvor doctor' lists all rights"
                  .formatted(
                      call.verb(), call.object(), context, message, call.verb(), call.right()));
      case NOT_FOUND -> notFound(call, context);
      case BAD_REQUEST, CONFLICT, UNPROCESSABLE ->
          new CommandFailed(
              Exit.INVALID,
              "the API server refuses to %s %s (%s): %s"
                  .formatted(call.verb(), call.object(), context, message));
      default ->
          new CommandFailed(
              Exit.UNAVAILABLE,
              "the API server %s (%s) answers %d: %s. Try again; if it stays, look at the cluster's own health"
                  .formatted(place.server(), context, code, message));
    };
  }

  private CommandFailed notFound(Call call, String context) {
    if (subject != null && !subject.isEmpty()) {
      return new CommandFailed(
          Exit.NO_INPUT,
          "cannot %s %s (%s): %s".formatted(call.verb(), call.object(), context, message));
    }
    return new CommandFailed(
        Exit.NO_INPUT,
        "the cluster (%s) does not know %s: Salvor's CRDs are not installed there, or are of another version. Install them ('helm install', or 'kubectl apply -f crds/'), or choose another cluster by --context"
            .formatted(context, call.right()));
  }
}
