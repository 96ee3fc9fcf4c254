-- grants.sql - the two users of dbsync, with what they need and not more.
--
-- Change the names, the passwords, the hosts and `shop`; run the first part on the
-- source, the second on the target.  `dbsync doctor` says what is missing.
-- (/*M! … */ is for MariaDB alone, /*!50700 … */ for MySQL alone; on MySQL 5.6 the
-- latter is to be run by hand, and CREATE USER without IF NOT EXISTS.)

-- Source: reads.
CREATE USER IF NOT EXISTS 'dbsync_reader'@'%' IDENTIFIED BY 'change this 1!';
GRANT SELECT, SHOW VIEW ON `shop`.* TO 'dbsync_reader'@'%';
-- routines, triggers and events (--objects)
GRANT TRIGGER, EVENT ON `shop`.* TO 'dbsync_reader'@'%';
-- one snapshot of all tables; without it, one of each table
GRANT RELOAD ON *.* TO 'dbsync_reader'@'%';

-- Target: rows …
CREATE USER IF NOT EXISTS 'dbsync_writer'@'%' IDENTIFIED BY 'change this 2!';
GRANT SELECT, INSERT, UPDATE, DELETE, ALTER, TRIGGER ON `shop`.* TO 'dbsync_writer'@'%';
-- … whether it is a replica …
/*M!100501 GRANT SLAVE MONITOR ON *.* TO 'dbsync_writer'@'%' */;
/*!50700 GRANT REPLICATION CLIENT ON *.* TO 'dbsync_writer'@'%' */;
-- … structures …
GRANT CREATE, DROP, INDEX, REFERENCES, CREATE VIEW, SHOW VIEW, LOCK TABLES ON `shop`.* TO 'dbsync_writer'@'%';
-- (views, routines, triggers and events that somebody else defines need one of
-- GRANT SET USER ON *.* (MariaDB), GRANT SET_ANY_DEFINER ON *.* (MySQL 8.2))
-- … trials of ALTERs, and full-sync's copies.
GRANT ALL ON `dbsync\_%`.* TO 'dbsync_writer'@'%';
