import java.sql.SQLException;
import java.util.*;
import java.util.concurrent.*;
class Interleave {
  /** Takes steps[client] in the order of `turns`. */
  static void run(String turns, Callable<?>[]... steps)
      throws Exception {
    var lanes = new ExecutorService[steps.length];
    Arrays.setAll(lanes, c -> Executors.newSingleThreadExecutor());
    var next = new int[steps.length];
    var sent = new ArrayDeque<Future<?>>();
    for (int c : turns.chars().map(turn -> turn - '0').toArray()) {
      sent.add(lanes[c].submit(steps[c][next[c]++]));
      try { sent.getLast().get(1, TimeUnit.SECONDS); }
      catch (TimeoutException | ExecutionException later) { }
    }
    for (var lane : lanes) lane.shutdown();  // what waited goes on
    for (var step : sent)
      try { step.get(1, TimeUnit.MINUTES); }
      catch (ExecutionException e) {  // aborts and CHECK may be
        if (!(e.getCause() instanceof SQLException s && ("" + s
          .getSQLState()).matches("40...|25P02|23514"))) throw e; }
  }
}
