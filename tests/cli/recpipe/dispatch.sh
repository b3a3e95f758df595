recpipe 2>usage; echo "exit $?"
head -n 1 usage
recpipe nothing; echo "exit $?"
recpipe ../train; echo "exit $?"
recpipe --nothing; echo "exit $?"
recpipe recpipe 2>usage; echo "exit $?"
head -n 1 usage
recpipe help | head -n 1
recpipe --help | grep 'the same'
