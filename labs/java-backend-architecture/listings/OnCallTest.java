import java.sql.*;

class OnCallTest {
  /** How many of the 20 schedules leave nobody on call. */
  static int broken(String url, int level) throws Exception {
    var db = new Connection[2];
    for (int c = 0; c < 2; c++) {
      db[c] = DriverManager.getConnection(url);
      db[c].setAutoCommit(false);
      db[c].setTransactionIsolation(level);
    }
    int broken = 0;
    for (String turns : Orders.of(3, 3)) {
      db[0].createStatement().execute(
          "UPDATE doctors SET on_call = true");
      db[0].commit();
      Interleave.run(turns, Steps.of(db[0], 1), Steps.of(db[1], 2));
      if (Steps.count(db[0]) == 0) broken++;
    }
    return broken;
  }
}
